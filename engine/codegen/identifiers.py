"""Readable C identifiers for paths and hostile names: injective, and never a reserved word.

    bioPhys1/membraneProperties/naChans/naChan/m/q  ->  naChan_m_q

A short name is made longer, then numbered, where it is taken.
"""

from __future__ import annotations

import re

_C_WORDS = """
    auto break case char const continue default do double else enum extern float for goto if inline
    int long register restrict return short signed sizeof static struct switch typedef union
    unsigned void volatile while
"""
_CPP_WORDS = """
    alignas alignof and and_eq asm bitand bitor bool catch char16_t char32_t char8_t class co_await
    co_return co_yield compl concept const_cast consteval constexpr constinit decltype delete
    dynamic_cast explicit export false friend mutable namespace new noexcept not not_eq nullptr
    operator or or_eq private protected public reinterpret_cast requires static_assert static_cast
    template this thread_local throw true try typeid typename typeof using virtual wchar_t xor
    xor_eq
"""
_CUDA_WORDS = """
    threadIdx blockIdx blockDim gridDim warpSize float1 float2 float3 float4 double1 double2 int1
    int2 int3 int4 dim3 half NULL
"""
_OTHER_WORDS = """
    linux unix i386 main asm typeof context begin end targets weights count target i entry
    events layout run number shared_weight
    first last stop part from k contexts seen zero along near special rare any_rare taken
    occupancies sources sinks forward_rates reverse_rates
    int8_t int16_t int32_t int64_t uint8_t uint16_t uint32_t uint64_t size_t ptrdiff_t
    intptr_t uintptr_t intmax_t uintmax_t
"""
_MATH_WORDS = """
    acos acosh asin asinh atan atan2 atanh cbrt ceil copysign cos cosh erf erfc exp exp2 expm1 fabs
    fdim floor fma fmax fmin fmod frexp hypot ilogb isfinite isinf isnan ldexp lgamma log log10
    log1p log2 logb lrint lround modf nan nearbyint pow remainder rint round scalbn signbit sin
    sinh sqrt tan tanh tgamma trunc gamma j0 j1 jn y0 y1 yn index memcpy memset abs labs
"""
RESERVED = frozenset(
    word + suffix
    for words in (_C_WORDS, _CPP_WORDS, _CUDA_WORDS, _OTHER_WORDS, _MATH_WORDS)
    for word in words.split()
    for suffix in (("", "f", "l") if words is _MATH_WORDS else ("",))
)
"""Words that mean something to C, C++, CUDA, or to the frames around printed code."""

_LONGEST = 48
_OUTSIDE = re.compile(r"[^A-Za-z0-9]+")
_GENERIC_TAILS = 3


def sanitize(name: str) -> str:
    """A C identifier that resembles `name`; several names may give the same one."""
    ascii_name = "".join(c if c.isascii() else f"_{ord(c):x}_" for c in name)
    text = _OUTSIDE.sub("_", ascii_name).strip("_")[:_LONGEST].strip("_") or "x"
    if text[0].isdigit():
        text = f"n{text}"
    reserved = text in RESERVED or text.lower().startswith("aml_")
    return f"{text}_" if reserved else text


class Identifiers:
    """Gives each key its own identifier; what is given depends only on the order of asking."""

    def __init__(self) -> None:
        self._given: dict[object, str] = {}
        self._taken: set[str] = set()

    def name(self, key: object, path: str, suffix: str = "") -> str:
        """The identifier of `key`, made from the last parts of `path` when it is first asked for.

        Args:
            key: what the identifier stands for; equal keys have equal identifiers.
            path: the name as the author wrote it.
            suffix: ending that tells kinds apart, such as "_values".
        """
        if key not in self._given:
            self._given[key] = self._free(path, suffix)
            self._taken.add(self._given[key])
        return self._given[key]

    def _free(self, path: str, suffix: str) -> str:
        parts = [part for part in path.split("/") if part] or [path]
        first = 1 if len(parts) == 1 else _GENERIC_TAILS
        base = ""
        for length in range(min(first, len(parts)), len(parts) + 1):
            base = sanitize("_".join(parts[-length:])) + suffix
            if base not in self._taken:
                return base
        number = 2
        while f"{base}_{number}" in self._taken:
            number += 1
        return f"{base}_{number}"
