// Calls of the driver, each checked.
#include "device.hpp"

#include <unistd.h>

#include <array>
#include <utility>

#include "../error.hpp"

namespace annarchy_ml::cuda {

namespace {

constexpr unsigned non_blocking = 1;  // CU_STREAM_NON_BLOCKING

int attribute_of(const driver &with, device_handle handle, attribute wanted) {
  int value = 0;
  with.check(with.device_attribute(&value, static_cast<int>(wanted), handle),
             "cuDeviceGetAttribute");
  return value;
}

device_handle handle_of(const driver &with, int number) {
  const int count = with.device_count();
  if (number < 0 || number >= count) {
    throw engine_error(error_code::argument, std::to_string(number),
                       "there is no device of this number");
  }
  device_handle handle = 0;
  with.check(with.device_get(&handle, number), "cuDeviceGet");
  return handle;
}

}  // namespace

device_facts facts_of(const driver &with, int number) {
  const device_handle handle = handle_of(with, number);
  device_facts facts;
  std::array<char, 256> name{};
  with.check(with.device_name(name.data(), static_cast<int>(name.size()) - 1, handle),
             "cuDeviceGetName");
  facts.name = name.data();
  with.check(with.device_memory(&facts.memory_bytes, handle), "cuDeviceTotalMem");
  const auto read = [&](attribute wanted) { return attribute_of(with, handle, wanted); };
  facts.capability = 10 * read(attribute::capability_major) + read(attribute::capability_minor);
  facts.multiprocessors = read(attribute::multiprocessors);
  facts.cooperative = read(attribute::cooperative_launch) != 0;
  return facts;
}

current::current(const driver &with, context_object *context) : driver_(with) {
  with.check(with.context_push(context), "cuCtxPushCurrent");
}

current::~current() {
  context_object *own = nullptr;
  driver_.context_pop(&own);
}

device::device(std::shared_ptr<const driver> with, int number)
    : driver_(std::move(with)), facts_(facts_of(*driver_, number)), process_(getpid()) {
  handle_ = handle_of(*driver_, number);
  driver_->check(driver_->context_retain(&context_, handle_), "cuDevicePrimaryCtxRetain");
  try {
    const current here = use();
    driver_->check(driver_->stream_create(&stream_, non_blocking), "cuStreamCreate");
  } catch (...) {
    driver_->context_release(handle_);
    throw;
  }
}

device::~device() {
  try {
    const current here = use();
    driver_->stream_wait(stream_);
    driver_->stream_destroy(stream_);
  } catch (const engine_error &) {
    return;  // of another process, or the driver has ended
  }
  driver_->context_release(handle_);
}

free_and_total device::memory() const {
  const current here = use();
  free_and_total found;
  driver_->check(driver_->memory_info(&found.free, &found.total), "cuMemGetInfo");
  return found;
}

current device::use() const {
  if (process_ != getpid()) {
    throw engine_error(error_code::device, facts_.name,
                       "a device belongs to the process that opened it, not to its forks");
  }
  return {*driver_, context_};
}

void device::wait() const {
  const current here = use();
  driver_->check(driver_->stream_wait(stream_), "cuStreamSynchronize");
}

memory::memory(std::shared_ptr<const device> on, std::size_t bytes)
    : device_(std::move(on)), bytes_(bytes) {
  if (bytes_ == 0) return;
  const current here = device_->use();
  const driver &api = device_->api();
  api.check(api.allocate(&address_, bytes_), "cuMemAlloc");
  try {
    clear();
  } catch (...) {
    api.release(address_);
    throw;
  }
}

memory::~memory() {
  if (address_ == 0) return;
  try {
    const current here = device_->use();
    device_->api().release(address_);
  } catch (const engine_error &) {  // of another process, or the driver has ended
  }
}

void memory::check_range(std::size_t offset, std::size_t count) const {
  require(offset <= bytes_ && count <= bytes_ - offset, "memory",
          "a range lies outside the memory of the device");
}

void memory::write(std::span<const std::byte> values, std::size_t offset) const {
  check_range(offset, values.size());
  if (values.empty()) return;
  const current here = device_->use();
  const driver &api = device_->api();
  api.check(api.to_device(address_ + offset, values.data(), values.size(), device_->stream()),
            "cuMemcpyHtoD");
  device_->wait();
}

void memory::read(std::span<std::byte> values, std::size_t offset) const {
  check_range(offset, values.size());
  if (values.empty()) return;
  const current here = device_->use();
  const driver &api = device_->api();
  api.check(api.to_host(values.data(), address_ + offset, values.size(), device_->stream()),
            "cuMemcpyDtoH");
  device_->wait();
}

void memory::clear() const {
  if (bytes_ == 0) return;
  const current here = device_->use();
  const driver &api = device_->api();
  api.check(api.fill(address_, 0, bytes_, device_->stream()), "cuMemsetD8");
}

program::program(std::shared_ptr<const device> on, std::span<const std::byte> image)
    : device_(std::move(on)) {
  require(!image.empty(), "program", "a program without code");
  const current here = device_->use();
  const driver &api = device_->api();
  api.check(api.module_load(&module_, image.data()), "cuModuleLoadData");
}

program::~program() {
  try {
    const current here = device_->use();
    device_->api().module_unload(module_);
  } catch (const engine_error &) {  // as above
  }
}

function_object *program::function(const std::string &entry) const {
  const current here = device_->use();
  function_object *found = nullptr;
  const driver &api = device_->api();
  api.check(api.module_function(&found, module_, entry.c_str()), "cuModuleGetFunction");
  return found;
}

function_facts program::facts(const std::string &entry) const {
  const current here = device_->use();
  function_object *found = function(entry);
  const driver &api = device_->api();
  const auto read = [&](function_attribute wanted) {
    int value = 0;
    api.check(api.function_get(&value, static_cast<int>(wanted), found), "cuFuncGetAttribute");
    return value;
  };
  return {read(function_attribute::registers), read(function_attribute::local_bytes),
          read(function_attribute::shared_bytes)};
}

int program::resident_blocks(const std::string &entry, int threads) const {
  const current here = device_->use();
  int per_multiprocessor = 0;
  const driver &api = device_->api();
  api.check(api.occupancy(&per_multiprocessor, function(entry), threads, 0),
            "cuOccupancyMaxActiveBlocksPerMultiprocessor");
  return per_multiprocessor * device_->facts().multiprocessors;
}

void program::launch(const std::string &entry, int blocks, int threads,
                     std::vector<std::uint64_t> arguments) const {
  require(blocks > 0 && threads > 0, entry, "a launch needs blocks and threads");
  const current here = device_->use();
  function_object *found = function(entry);
  std::vector<void *> places;
  for (std::uint64_t &value : arguments) places.push_back(&value);
  const driver &api = device_->api();
  api.check(api.launch(found, static_cast<unsigned>(blocks), 1, 1, static_cast<unsigned>(threads),
                       1, 1, 0, device_->stream(), places.data()),
            "cuLaunchCooperativeKernel");
}

}  // namespace annarchy_ml::cuda
