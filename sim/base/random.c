#include "base/random.h"

#include "base/check.h"

static uint64_t splitmix64(uint64_t *state)
{
    uint64_t z = (*state += 0x9E3779B97F4A7C15U);
    z = (z ^ (z >> 30U)) * 0xBF58476D1CE4E5B9U;
    z = (z ^ (z >> 27U)) * 0x94D049BB133111EBU;
    return z ^ (z >> 31U);
}

struct random_stream random_stream_new(uint64_t seed)
{
    struct random_stream stream;
    for (int i = 0; i < 4; i++) {
        stream.state[i] = splitmix64(&seed);
    }
    return stream;
}

static uint64_t rotate(uint64_t x, unsigned bits)
{
    return (x << bits) | (x >> (64U - bits));
}

uint64_t random_next(struct random_stream *stream)
{
    uint64_t *s = stream->state;
    const uint64_t result = rotate(s[1] * 5, 7) * 9;
    const uint64_t t = s[1] << 17U;
    s[2] ^= s[0];
    s[3] ^= s[1];
    s[1] ^= s[2];
    s[0] ^= s[3];
    s[2] ^= t;
    s[3] = rotate(s[3], 45);
    return result;
}

int64_t random_between(struct random_stream *stream, int64_t low, int64_t high)
{
    check(low <= high);
    const uint64_t span = (uint64_t)high - (uint64_t)low;
    if (span == UINT64_MAX) {
        return (int64_t)random_next(stream);
    }
    const uint64_t range = span + 1;
    const uint64_t limit = UINT64_MAX - UINT64_MAX % range;
    uint64_t x = random_next(stream);
    while (x >= limit) {
        x = random_next(stream);
    }
    return (int64_t)((uint64_t)low + x % range);
}
