// Memory that is still to be had, asked before large storage is taken.
#pragma once

#include <cstddef>
#include <string>

namespace annarchy_ml {

// Bytes that this process can still take without being stopped by the system: what the machine has
// available, and the limit of its control group where there is one.
[[nodiscard]] std::size_t available_memory();

// Raises engine_error(memory), with both figures, if `bytes` are not available for `place`.
void require_memory(std::size_t bytes, const std::string &place);

// Asks for large pages where much memory is read in no order: far fewer addresses to look up.
void prefer_large_pages(void *memory, std::size_t bytes) noexcept;

}  // namespace annarchy_ml
