/* xoshiro256** seeded through splitmix64 (Blackman and Vigna, 2018): small, fast, the same everywhere. */
#ifndef SLOTRACE_BASE_RANDOM_H
#define SLOTRACE_BASE_RANDOM_H

#include <stdint.h>

struct random_stream {
    uint64_t state[4];
};

struct random_stream random_stream_new(uint64_t seed);
uint64_t random_next(struct random_stream *stream);
int64_t random_between(struct random_stream *stream, int64_t low, int64_t high); /* Inclusive, unbiased. */

#endif
