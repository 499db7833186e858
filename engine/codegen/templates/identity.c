
AML_EXPORT int32_t aml_abi_version(void);
AML_EXPORT int32_t aml_real_size(void);
int32_t aml_abi_version(void) { return AML_ABI_VERSION; }
int32_t aml_real_size(void) { return (int32_t)sizeof(aml_real); }
