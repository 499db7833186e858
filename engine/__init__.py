"""From kernel IR to results: code generation, build, and the native core."""
