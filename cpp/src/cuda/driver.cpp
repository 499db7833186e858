// Finds the functions of the driver and turns its results into errors.
#include "driver.hpp"

#include "../error.hpp"

namespace annarchy_ml::cuda {

namespace {

constexpr status out_of_memory = 2;  // CUDA_ERROR_OUT_OF_MEMORY

}  // namespace

driver::driver(const std::string &library) : library_(library) {
  status (*init)(unsigned) = nullptr;
  library_.find(init, "cuInit");
  library_.find(error_name_, "cuGetErrorName");
  library_.find(error_text_, "cuGetErrorString");
  library_.find(version_, "cuDriverGetVersion");
  library_.find(count_, "cuDeviceGetCount");
  find_devices();
  find_work();
  check(init(0), "cuInit");
}

void driver::find_devices() {
  library_.find(device_get, "cuDeviceGet");
  library_.find(device_name, "cuDeviceGetName");
  library_.find(device_memory, "cuDeviceTotalMem_v2");
  library_.find(device_attribute, "cuDeviceGetAttribute");
  library_.find(context_retain, "cuDevicePrimaryCtxRetain");
  library_.find(context_release, "cuDevicePrimaryCtxRelease_v2");
  library_.find(context_push, "cuCtxPushCurrent_v2");
  library_.find(context_pop, "cuCtxPopCurrent_v2");
  library_.find(memory_info, "cuMemGetInfo_v2");
  library_.find(allocate, "cuMemAlloc_v2");
  library_.find(release, "cuMemFree_v2");
}

void driver::find_work() {
  library_.find(fill, "cuMemsetD8Async");
  library_.find(to_device, "cuMemcpyHtoDAsync_v2");
  library_.find(to_host, "cuMemcpyDtoHAsync_v2");
  library_.find(module_load, "cuModuleLoadData");
  library_.find(module_unload, "cuModuleUnload");
  library_.find(module_function, "cuModuleGetFunction");
  library_.find(function_get, "cuFuncGetAttribute");
  library_.find(occupancy, "cuOccupancyMaxActiveBlocksPerMultiprocessor");
  library_.find(launch, "cuLaunchCooperativeKernel");
  library_.find(stream_create, "cuStreamCreate");
  library_.find(stream_wait, "cuStreamSynchronize");
  library_.find(stream_destroy, "cuStreamDestroy_v2");
}

std::string driver::name_of(status result) const {
  const char *name = nullptr;
  if (error_name_(result, &name) == 0 && name != nullptr) return name;
  return "CUDA error " + std::to_string(result);
}

void driver::check(status result, const char *call) const {
  if (result == 0) return;
  const std::string name = name_of(result);
  const char *text = nullptr;
  std::string message = std::string(call) + ": " + name;
  if (error_text_(result, &text) == 0 && text != nullptr) message += std::string(" (") + text + ")";
  throw engine_error(result == out_of_memory ? error_code::memory : error_code::device, name,
                     message);
}

int driver::version() const {
  int found = 0;
  check(version_(&found), "cuDriverGetVersion");
  return found;
}

int driver::device_count() const {
  int found = 0;
  check(count_(&found), "cuDeviceGetCount");
  return found;
}

}  // namespace annarchy_ml::cuda
