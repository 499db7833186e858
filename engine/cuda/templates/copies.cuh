// Copies of pieces of device memory, and back.

// Words of 32 bits at `own`, and room for as many.
struct aml_piece {
  uint32_t *own, *copy;
  uint64_t size;
};

AML_ENTRY copy_pieces(const aml_piece *pieces, uint64_t count, uint64_t back) {
  for (uint64_t piece = 0; piece < count; ++piece) {
    const uint32_t *from = back ? pieces[piece].copy : pieces[piece].own;
    uint32_t *to = back ? pieces[piece].own : pieces[piece].copy;
    for (uint64_t k = aml_thread(); k < pieces[piece].size; k += aml_threads()) to[k] = from[k];
  }
}
