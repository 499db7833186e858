/* A value that no operation takes in unrounded: where one of two products goes into a sum unrounded,
 * the compiler chooses which, and not the same one in every copy of a loop. A sum is always rounded;
 * -0, which the compiler does not know to be that, leaves every number as it is. */
static const volatile aml_real aml_zero = -(aml_real)0;
#define AML_ROUNDED(x) ((x) + zero)
