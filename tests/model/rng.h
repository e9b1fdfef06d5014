/* Random numbers that a seed reproduces: xorshift64*. A fuzzer may feed what is
 * drawn first. */
#ifndef SLUICE_MODEL_RNG_H
#define SLUICE_MODEL_RNG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct rng {
    uint64_t state;
    const uint8_t *fed; /* borrowed */
    size_t nfed;
} rng;

/* Neighbouring seeds give unrelated sequences. */
static inline void rng_seed(rng *r, uint64_t seed)
{
    seed = (seed + 0x9e3779b97f4a7c15u) * 0xbf58476d1ce4e5b9u;
    seed = (seed ^ (seed >> 31)) * 0x94d049bb133111ebu;
    r->state = seed ^ (seed >> 29);
    if (r->state == 0) {
        r->state = 1;
    }
}

/* Draw from these bytes before anything else; seeding does not change that. */
static inline void rng_feed(rng *r, const uint8_t *bytes, size_t count)
{
    r->fed = bytes;
    r->nfed = count;
}

static inline uint64_t rng_next(rng *r)
{
    if (r->nfed >= 2) {
        uint64_t drawn = (uint64_t)r->fed[0] << 8 | r->fed[1];

        r->fed += 2;
        r->nfed -= 2;
        return drawn << 48 | drawn << 16; /* the high bits are what counts */
    }
    r->state ^= r->state >> 12;
    r->state ^= r->state << 25;
    r->state ^= r->state >> 27;
    return r->state * 0x2545f4914f6cdd1du;
}

/* 0 to limit - 1. */
static inline uint32_t rng_below(rng *r, uint32_t limit)
{
    return (uint32_t)(((rng_next(r) >> 32) * limit) >> 32);
}

static inline bool rng_one_in(rng *r, uint32_t n)
{
    return rng_below(r, n) == 0;
}

/* Mostly small, sometimes 0, rarely up to `limit`. */
static inline uint32_t rng_size(rng *r, uint32_t limit)
{
    uint32_t rest = limit;

    switch (rng_below(r, 8)) {
    case 0:
        return 0;
    case 1:
        return rng_below(r, rest) + 1;
    case 2:
        rest = rest < 400 ? rest : 400;
        return rng_below(r, rest) + 1;
    default:
        rest = rest < 40 ? rest : 40;
        return rng_below(r, rest) + 1;
    }
}

#endif
