// What a program asks of the emulator of lanes (lanes.cpp); its side of it is in lanes.cuh.

enum {
  AML_MEETS_BLOCK,
  AML_MEETS_WARP,
  AML_VOTES,
  AML_SHUFFLES,
  AML_YIELDS,
  AML_RESTS,
  AML_FENCES,
};

struct aml_asked {
  unsigned kind, mask;
  unsigned source;           // of a shuffle: the lane whose value is wanted
  unsigned line;             // of the text, where the call is written
  unsigned caller;           // of the text, where the function is called that calls; 0: not known
  unsigned long long value;  // of this lane
};

enum { AML_READS = 1, AML_WRITES = 2, AML_ATOMIC = 4, AML_LASTS = 8 /* as nobody writes it */ };

struct aml_emulator {
  unsigned long long (*ask)(const aml_asked *asked);
  void *(*shared)(unsigned line, unsigned long long bytes);
  void (*touch)(const void *place, unsigned bytes, unsigned how, const void *code);
};

// Who runs: a lane as the program sees it.
struct aml_place_of_lane {
  unsigned thread, block_size, block, blocks;
  const aml_emulator *emulator;
};

// What a library of programs knows: who runs; of the text, where the function was called that
// calls.
struct aml_self {
  const aml_place_of_lane *lane;
  unsigned caller;
};
