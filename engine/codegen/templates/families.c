/* A value that no operation takes in unrounded: a product goes into a sum in one operation with it,
 * but only the last product, with a number that the compiler cannot know to be one. */
static const volatile aml_real aml_one = 1;
#define AML_ROUNDED(x) ((x) * one)
