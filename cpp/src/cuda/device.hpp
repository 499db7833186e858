// One device in use: its context and its stream, memory, loaded programs, launches.
//
// Work goes into one stream, in order. Copies wait until they are done, launches do not. One
// object is used by one thread at a time; the memory and the programs of a device keep it alive.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "driver.hpp"

namespace annarchy_ml::cuda {

struct device_facts {
  std::string name;
  std::size_t memory_bytes = 0;
  int capability = 0;  // 10 * major + minor
  int multiprocessors = 0;
  bool cooperative = false;
};

// Raises engine_error(argument) where there is no device of this number.
[[nodiscard]] device_facts facts_of(const driver &with, int number);

struct free_and_total {
  std::size_t free = 0;
  std::size_t total = 0;
};

// A context as that of the calling thread while this lives; then others find their own again.
class current {
 public:
  // Raises engine_error(device).
  current(const driver &with, context_object *context);
  ~current();
  current(const current &) = delete;
  current &operator=(const current &) = delete;

 private:
  const driver &driver_;
};

class device {
 public:
  device(std::shared_ptr<const driver> with, int number);
  ~device();
  device(const device &) = delete;
  device &operator=(const device &) = delete;

  [[nodiscard]] const driver &api() const noexcept { return *driver_; }
  [[nodiscard]] const device_facts &facts() const noexcept { return facts_; }
  [[nodiscard]] stream_object *stream() const noexcept { return stream_; }
  [[nodiscard]] free_and_total memory() const;
  // This device as the one of the calling thread; refused in a process forked from its own.
  [[nodiscard]] current use() const;
  // Waits until all work is done; errors of launches are raised here.
  void wait() const;

 private:
  std::shared_ptr<const driver> driver_;
  device_facts facts_;
  device_handle handle_ = 0;
  context_object *context_ = nullptr;
  stream_object *stream_ = nullptr;
  int process_;
};

// Memory of a device; holds zeros at first.
class memory {
 public:
  memory(std::shared_ptr<const device> on, std::size_t bytes);
  ~memory();
  memory(const memory &) = delete;
  memory &operator=(const memory &) = delete;

  [[nodiscard]] device_address address() const noexcept { return address_; }
  [[nodiscard]] std::size_t bytes() const noexcept { return bytes_; }
  // Raise engine_error(argument) where the range lies outside.
  void write(std::span<const std::byte> values, std::size_t offset) const;
  void read(std::span<std::byte> values, std::size_t offset) const;
  void clear() const;

 private:
  void check_range(std::size_t offset, std::size_t count) const;

  std::shared_ptr<const device> device_;
  std::size_t bytes_;
  device_address address_ = 0;
};

struct function_facts {
  int registers = 0;     // per thread
  int local_bytes = 0;   // per thread: spilled registers and arrays
  int shared_bytes = 0;  // per block
};

// Machine code on a device.
class program {
 public:
  // `image`: a cubin, or PTX with a final zero.
  program(std::shared_ptr<const device> on, std::span<const std::byte> image);
  ~program();
  program(const program &) = delete;
  program &operator=(const program &) = delete;

  // Raise engine_error(device) where there is no entry of this name.
  [[nodiscard]] function_facts facts(const std::string &entry) const;
  // Blocks of so many threads that are on the device at the same time.
  [[nodiscard]] int resident_blocks(const std::string &entry, int threads) const;
  // Launches as many blocks as are given, all of them resident. Arguments are 8 bytes each.
  void launch(const std::string &entry, int blocks, int threads,
              std::vector<std::uint64_t> arguments) const;

 private:
  [[nodiscard]] function_object *function(const std::string &entry) const;

  std::shared_ptr<const device> device_;
  module_object *module_ = nullptr;
};

}  // namespace annarchy_ml::cuda
