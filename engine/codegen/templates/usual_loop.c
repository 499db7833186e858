if ($tests) {
  $setup
  $usual
} else {
  $general
}
