static const int ${scheme}_ends[] = {$ends};
for (int64_t k = 0; k < last - first; k += AML_WORDS) {
  const aml_doubles zero = {0};
  $load
  aml_doubles q = zero;
  $fastest
  const aml_doubles span = q * context->dt;
  const aml_doubles substeps = aml_substeps(span, $n);
  const aml_longs mild = substeps > zero;
  const aml_doubles h = aml_where(mild, context->dt / (substeps + aml_where(~mild, zero + 1.0)));
  aml_doubles qh = q * h;
  $scale
  for (int now = 0; aml_any(substeps > zero + now); ++now) {
    const aml_longs active = (substeps > zero + now) & (q > zero);
    qh = aml_where(active, qh);
    $stop
    $begin
    aml_doubles weight = aml_where(active, zero + 1.0), total = zero + 1.0;
    for (int order = 1;; ++order) {
      const aml_longs live = (weight > 1e-18 * total) | (qh > zero + order);
      if (!aml_any(live)) break;
      const aml_doubles over = aml_where(live, zero + 1.0 / order);
      $jump
      $add
      weight *= qh * over;
      total += weight;
    }
    const aml_doubles share = 1.0 / total;
    $end
  }
  $store
  if (aml_any(~mild))
    aml_propagate_stiff($n, ${scheme}[0] + k, $n_flows, ${scheme}_ends, ${rates}[0] + k, q,
                        context->dt);
}
