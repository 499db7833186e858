if (!context->indices[0]) {
  $contiguous
} else {
  $gathering
}
