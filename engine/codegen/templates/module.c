/* Kernels printed by annarchy_ml in $precision precision; times in s, everything in SI units. */
$contract
typedef $real aml_real;
#define AML_EXPORT __attribute__((visibility("default")))

$library
$blocks
$leads
$families
$lanes
$laws
$draws
$schemes
$functions
