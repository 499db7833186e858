// Stacks of lanes, and how one is left for another. Needs no meeting with the system on x86-64,
// where the C library would ask it about signals each time.
#include <sys/mman.h>
#if !defined(__x86_64__) || defined(AML_UCONTEXT)
#include <ucontext.h>
#endif

#include <cstddef>
#include <cstdint>

namespace {

constexpr std::size_t kStackBytes = std::size_t{256} << 10, kGuardBytes = std::size_t{64} << 10;

// Memory of one stack; what runs over its end hits memory that nobody may touch.
class Stack {
 public:
  Stack() {
    void *made = mmap(nullptr, kStackBytes + kGuardBytes, PROT_READ | PROT_WRITE,
                      MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (made == MAP_FAILED) __builtin_trap();
    mprotect(made, kGuardBytes, PROT_NONE);
    memory_ = static_cast<char *>(made);
  }
  ~Stack() { munmap(memory_, kStackBytes + kGuardBytes); }
  Stack(const Stack &) = delete;
  Stack &operator=(const Stack &) = delete;

  char *end() const { return memory_ + kGuardBytes + kStackBytes; }
  char *begin() const { return memory_ + kGuardBytes; }

 private:
  char *memory_;
};

#if defined(__x86_64__) && !defined(AML_UCONTEXT)

using Left = void *;  // where a stack was left

extern "C" void aml_switch_stacks(Left *left, Left taken);
asm(R"(
.text
.local aml_switch_stacks
.type aml_switch_stacks, @function
aml_switch_stacks:
  push %rbp
  push %rbx
  push %r12
  push %r13
  push %r14
  push %r15
  mov %rsp, (%rdi)
  mov %rsi, %rsp
  pop %r15
  pop %r14
  pop %r13
  pop %r12
  pop %rbx
  pop %rbp
  ret
.size aml_switch_stacks, . - aml_switch_stacks
)");

void prepare(Left &left, const Stack &stack, void (*start)()) {
  constexpr int kSaved = 6, kAbove = 2;  // registers; the function to return to, and nothing
  auto *words = reinterpret_cast<std::uint64_t *>(stack.end()) - kSaved - kAbove;
  for (int k = 0; k < kSaved + kAbove; ++k) words[k] = 0;
  words[kSaved] = reinterpret_cast<std::uint64_t>(start);
  left = words;
}

void change(Left &left, Left &taken) { aml_switch_stacks(&left, taken); }

#else

using Left = ucontext_t;

void prepare(Left &left, const Stack &stack, void (*start)()) {
  getcontext(&left);
  left.uc_stack.ss_sp = stack.begin();
  left.uc_stack.ss_size = kStackBytes;
  left.uc_link = nullptr;
  makecontext(&left, start, 0);
}

void change(Left &left, Left &taken) { swapcontext(&left, &taken); }

#endif

}  // namespace
