// The driver, the compiler and one device, through the fakes of tests/fakes: loader errors, facts,
// memory, programs, launches, and what becomes of the complaints of a driver.
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "check.hpp"
#include "cuda/device.hpp"
#include "cuda/driver.hpp"
#include "cuda/runtime_compiler.hpp"
#include "error.hpp"

extern "C" {
void fake_reset();
void fake_set(const char *name, long value);
void fake_fail(const char *name, int status);
std::size_t fake_used();
std::size_t fake_entered();
int cuCtxPushCurrent_v2(void *context);
int cuCtxPopCurrent_v2(void **context);
}

namespace {

namespace cuda = annarchy_ml::cuda;
using annarchy_ml::engine_error;
using annarchy_ml::error_code;

const std::string fakes = FAKE_CUDA;
const std::string program_text =
    "#include <stdint.h>\n"
    "#define AML_ENTRY extern \"C\" __attribute__((visibility(\"default\"))) void\n"
    "AML_ENTRY doubled(double *values, int64_t count) {\n"
    "  for (int64_t k = 0; k < count; ++k) values[k] *= 2;\n"
    "}\n";

// Code and place of the error that something raises.
template <class Work>
std::pair<error_code, std::string> error_of(const Work &work) {
  try {
    work();
  } catch (const engine_error &fault) {
    return {fault.code(), fault.place()};
  }
  return {error_code::state, "nothing was raised"};
}

void libraries_that_are_none() {
  const std::string nowhere = "libnowhere.so.1", other = "libm.so.6";
  for (const std::string &name : {nowhere, other}) {
    const auto driver = error_of([&] { const cuda::driver made(name); });
    CHECK(driver.first == error_code::library && driver.second == name);
    const auto compiler = error_of([&] { const cuda::runtime_compiler made(name); });
    CHECK(compiler.first == error_code::library && compiler.second == name);
  }
}

void a_driver_that_does_not_start() {
  fake_reset();
  fake_fail("cuInit", 100);
  const auto fault = error_of([] { const cuda::driver made(fakes); });
  CHECK(fault.first == error_code::device && fault.second == "CUDA_ERROR_NO_DEVICE");
}

void facts_of_devices() {
  fake_reset();
  const auto driver = std::make_shared<const cuda::driver>(fakes);
  CHECK(driver->device_count() == 2 && driver->version() == 12090);
  const cuda::device_facts facts = cuda::facts_of(*driver, 1);
  CHECK(facts.name == "Fake 1" && facts.capability == 90 && facts.cooperative);
  CHECK(facts.memory_bytes == std::size_t{1} << 30);
  CHECK(error_of([&] { static_cast<void>(cuda::facts_of(*driver, 2)); }).first ==
        error_code::argument);
  CHECK(error_of([&] { static_cast<void>(cuda::facts_of(*driver, -1)); }).first ==
        error_code::argument);
}

std::shared_ptr<const cuda::device> opened() {
  return std::make_shared<const cuda::device>(std::make_shared<const cuda::driver>(fakes), 0);
}

void memory_of_a_device() {
  fake_reset();
  const auto device = opened();
  {
    const cuda::memory piece(device, 64);
    std::vector<double> values(8, 1.0);
    piece.read(std::as_writable_bytes(std::span(values)), 0);
    for (const double value : values) CHECK(value == 0.0);
    const std::vector<double> given{3.0, 4.0};
    piece.write(std::as_bytes(std::span(given)), 16);
    piece.read(std::as_writable_bytes(std::span(values)), 0);
    CHECK(values[1] == 0.0 && values[2] == 3.0 && values[3] == 4.0 && values[4] == 0.0);
    CHECK_THROWS(piece.write(std::as_bytes(std::span(given)), 56), engine_error);
    CHECK_THROWS(piece.read(std::as_writable_bytes(std::span(values)), 8), engine_error);
    CHECK(device->memory().free + 64 == device->memory().total);
  }
  CHECK(fake_used() == 0);
  const auto fault = error_of([&] { const cuda::memory piece(device, std::size_t{2} << 30); });
  CHECK(fault.first == error_code::memory);
  CHECK(fake_used() == 0);
}

void texts_and_launches() {
  fake_reset();
  const auto device = opened();
  const cuda::runtime_compiler compiler(fakes);
  CHECK(compiler.version() == std::pair(12, 9));
  CHECK(compiler.architectures() == std::vector<int>({50, 90}));
  const auto wrong = compiler.compile("int f( {", "wrong.cu", {"--gpu-architecture=sm_90"});
  CHECK(wrong.code.empty() && wrong.log.find("error") != std::string::npos);
  const auto made = compiler.compile(program_text, "twice.cu", {"--gpu-architecture=sm_90"});
  CHECK(!made.code.empty());
  const cuda::program program(device, std::as_bytes(std::span(made.code)));
  CHECK(program.resident_blocks("doubled", 256) == 16);
  CHECK(error_of([&] { static_cast<void>(program.facts("nothing")); }).first == error_code::device);
  const cuda::memory piece(device, 16);
  std::vector<double> values{1.5, 2.5};
  piece.write(std::as_bytes(std::span(values)), 0);
  program.launch("doubled", 1, 256, {piece.address(), 2});
  device->wait();
  piece.read(std::as_writable_bytes(std::span(values)), 0);
  CHECK(values[0] == 3.0 && values[1] == 5.0);
  fake_fail("cuStreamSynchronize", 719);
  const auto fault = error_of([&] { device->wait(); });
  CHECK(fault.first == error_code::device && fault.second == "CUDA_ERROR_LAUNCH_FAILED");
  fake_fail("nvrtcCompileProgram", 11);
  CHECK(error_of([&] { static_cast<void>(compiler.compile(program_text, "a.cu", {})); }).first ==
        error_code::library);
}

// Another library may have a context of its own; every call gives it back.
void contexts_of_others() {
  fake_reset();
  int other = 0;
  void *left = nullptr;
  CHECK(cuCtxPushCurrent_v2(&other) == 0);
  {
    const auto device = opened();
    const cuda::memory piece(device, 8);
    piece.clear();
    CHECK(device->memory().total > 0 && fake_entered() == 1);
    fake_fail("cuMemAlloc", 2);
    CHECK(error_of([&] { const cuda::memory more(device, 8); }).first == error_code::memory);
    CHECK(fake_entered() == 1);
  }
  CHECK(fake_used() == 0 && fake_entered() == 1);
  CHECK(cuCtxPopCurrent_v2(&left) == 0 && left == &other);
}

}  // namespace

int main() {
  libraries_that_are_none();
  a_driver_that_does_not_start();
  facts_of_devices();
  memory_of_a_device();
  texts_and_launches();
  contexts_of_others();
  fake_reset();
  return check::result();
}
