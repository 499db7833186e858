// The entry points of the CUDA driver that the engine calls, found at run time in libcuda.
//
// The declarations are our own, after the reference of the driver interface (CUDA 11.0 and later,
// https://docs.nvidia.com/cuda/cuda-driver-api): no header and no library of CUDA is needed to
// build or to import the engine.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

#include "shared_library.hpp"

namespace annarchy_ml::cuda {

using status = int;                    // CUresult
using device_handle = int;             // CUdevice
using device_address = std::uint64_t;  // CUdeviceptr
struct context_object;
struct module_object;
struct function_object;
struct stream_object;

// Values of CUdevice_attribute and CUfunction_attribute.
enum class attribute : int {
  multiprocessors = 16,
  capability_major = 75,
  capability_minor = 76,
  cooperative_launch = 95
};
enum class function_attribute : int { shared_bytes = 1, local_bytes = 3, registers = 4 };

class driver {
 public:
  // Opens `library`, usually "libcuda.so.1", and starts it.
  // Raises engine_error(library) where there is none, engine_error(device) where it does not start.
  explicit driver(const std::string &library);

  // Raises unless `result` is success: engine_error(memory) for want of memory, else
  // engine_error(device); its place is the driver's own name of the error.
  void check(status result, const char *call) const;
  [[nodiscard]] std::string name_of(status result) const;

  [[nodiscard]] int version() const;  // 1000 * major + 10 * minor
  [[nodiscard]] int device_count() const;

  status (*device_get)(device_handle *, int) = nullptr;
  status (*device_name)(char *, int, device_handle) = nullptr;
  status (*device_memory)(std::size_t *, device_handle) = nullptr;
  status (*device_attribute)(int *, int, device_handle) = nullptr;
  status (*context_retain)(context_object **, device_handle) = nullptr;
  status (*context_release)(device_handle) = nullptr;
  status (*context_push)(context_object *) = nullptr;
  status (*context_pop)(context_object **) = nullptr;
  status (*memory_info)(std::size_t *, std::size_t *) = nullptr;
  status (*allocate)(device_address *, std::size_t) = nullptr;
  status (*release)(device_address) = nullptr;
  status (*fill)(device_address, unsigned char, std::size_t, stream_object *) = nullptr;
  status (*to_device)(device_address, const void *, std::size_t, stream_object *) = nullptr;
  status (*to_host)(void *, device_address, std::size_t, stream_object *) = nullptr;
  status (*module_load)(module_object **, const void *) = nullptr;
  status (*module_unload)(module_object *) = nullptr;
  status (*module_function)(function_object **, module_object *, const char *) = nullptr;
  status (*function_get)(int *, int, function_object *) = nullptr;
  status (*occupancy)(int *, function_object *, int, std::size_t) = nullptr;
  status (*launch)(function_object *, unsigned, unsigned, unsigned, unsigned, unsigned, unsigned,
                   unsigned, stream_object *, void **) = nullptr;
  status (*stream_create)(stream_object **, unsigned) = nullptr;
  status (*stream_wait)(stream_object *) = nullptr;
  status (*stream_destroy)(stream_object *) = nullptr;

 private:
  void find_devices();
  void find_work();

  shared_library library_;
  status (*error_name_)(status, const char **) = nullptr;
  status (*error_text_)(status, const char **) = nullptr;
  status (*version_)(int *) = nullptr;
  status (*count_)(int *) = nullptr;
};

}  // namespace annarchy_ml::cuda
