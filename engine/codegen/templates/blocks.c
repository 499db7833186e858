/* Vectorised loops run over whole vectors only. At the end of a group they run on into its padding.
 * Instances left over at the end of another range are copied into rows of one vector's length,
 * stepped there, and copied back. So every instance is computed by the same instructions, and results
 * do not depend on how instances are dealt to threads. Where a loop also touches whole numbers, the
 * compiler may take as many instances at once as a vector holds of these (AML_INT_LANES). */
#if defined(__AVX512F__)
enum { AML_VECTOR_BYTES = 64 };
#elif defined(__AVX__)
enum { AML_VECTOR_BYTES = 32 };
#else
enum { AML_VECTOR_BYTES = 16 };
#endif
/* Where only some lanes store, lines of memory that none of them changes stay clean. */
#if defined(__AVX2__)
#define AML_KEEP(test, place, value) \
  if (test) place = value
#define AML_EMIT(test, count) \
  if (test) count += 1
#else
#define AML_KEEP(test, place, value) place = value
#define AML_EMIT(test, count) count += test
#endif
#define AML_LANES (AML_VECTOR_BYTES / (int)sizeof(aml_real))
enum { AML_INT_LANES = AML_VECTOR_BYTES / 4, AML_ROW = AML_INT_LANES * 8 };

typedef enum { AML_FIELD, AML_INDEX, AML_EMITTED } aml_kind;

/* One array that a loop touches; size is that of an element. */
typedef struct aml_touched {
  aml_kind kind;
  int32_t position, size, stored;
} aml_touched;

/* What a loop touches, the lengths of the context's tables, and room for their copies. */
typedef struct aml_tail {
  const aml_touched *touched;
  int32_t n_touched, n_fields, n_indices, n_emitted;
  int64_t unit; /* instances that are stepped together, and elements of a row */
  void **tables;
  char *rows;
} aml_tail;

/* Rarely run, and a quarter of a small unit's compile time when optimized like the rest. */
static __attribute__((noinline, optimize("O1"))) void aml_run_tail(const aml_context *context, int64_t begin,
                                                   int64_t end, aml_update_fn run,
                                                   const aml_tail *tail) {
  void **fields = tail->tables, **indices = fields + tail->n_fields;
  void **emitted = indices + tail->n_indices;
  for (int32_t k = 0; k < tail->n_fields; ++k) fields[k] = context->fields[k];
  for (int32_t k = 0; k < tail->n_indices; ++k) indices[k] = (void *)context->indices[k];
  for (int32_t k = 0; k < tail->n_emitted; ++k) emitted[k] = context->emitted[k];
  for (int32_t k = 0; k < tail->n_touched; ++k) {
    const aml_touched *item = &tail->touched[k];
    if (item->kind == AML_INDEX && !indices[item->position]) continue;
    void **table = item->kind == AML_FIELD ? fields : item->kind == AML_INDEX ? indices : emitted;
    const char *from = (const char *)table[item->position] + begin * item->size;
    char *row = tail->rows + (int64_t)k * AML_ROW;
    for (int64_t lane = 0; lane < tail->unit; ++lane) {
      const int64_t source = lane < end - begin ? lane : 0;
      if (item->size == 8) __builtin_memcpy(row + lane * 8, from + source * 8, 8);
      else __builtin_memcpy(row + lane * 4, from + source * 4, 4);
    }
    table[item->position] = (void *)((uintptr_t)row - (uintptr_t)(begin * item->size));
  }
  aml_context copy = *context;
  copy.fields = fields;
  copy.indices = (const int32_t *const *)indices;
  copy.emitted = (int64_t *const *)emitted;
  copy.row_length = 0;
  run(&copy, begin, begin + tail->unit);
  for (int32_t k = 0; k < tail->n_touched; ++k) {
    const aml_touched *item = &tail->touched[k];
    if (!item->stored) continue;
    char *to = (char *)(item->kind == AML_FIELD ? context->fields[item->position]
                                                : (void *)context->emitted[item->position]);
    const char *row = tail->rows + (int64_t)k * AML_ROW;
    __builtin_memcpy(to + begin * item->size, row, (uint64_t)((end - begin) * item->size));
  }
}

static inline void aml_run_in_blocks(const aml_context *context, int64_t begin, int64_t end,
                                     aml_update_fn run, const aml_tail *tail) {
  const int64_t left = (end - begin) % tail->unit;
  const int64_t whole = left && end == context->size ? end - left + tail->unit : end - left;
  if (begin < whole) run(context, begin, whole);
  if (whole < end) aml_run_tail(context, whole, end, run, tail);
}
