// What is done at the end of steps: values that are not finite are looked for, recorders take rows.
#include <atomic>
#include <exception>

#include "finite.hpp"
#include "stepper.hpp"

namespace annarchy_ml {

// Each thread looks at its own instances: to look at another one's costs both of them a transfer.
bool stepper::is_finite(bool heard) {
  if (heard) settle();
  std::atomic<bool> sound{true};
  team_.run([&](int thread) {
    for (std::size_t k = 0; k < parts_.groups.size(); ++k) {
      const group &owner = *parts_.groups[k];
      if (owner.only_hears() && !heard) continue;
      if (annarchy_ml::is_finite(owner, schedule_.slice(static_cast<int>(k), thread))) continue;
      sound = false;
    }
  });
  if (!sound) settle();
  return sound;
}

bool stepper::record() {
  bool finite = true;
  std::exception_ptr fault;  // every recording takes its row
  for (const auto &item : parts_.traces) {
    try {
      finite = item->sample(parts_.time) && finite;
    } catch (const engine_error &) {
      fault = std::current_exception();
    }
  }
  if (fault) std::rethrow_exception(fault);
  return finite;
}

}  // namespace annarchy_ml
