#include "engine/difference.h"

#include "base/check.h"

#include <string.h>

#include "base/poison.h"

size_t difference_size_bytes(uint32_t capacity)
{
    return (size_t)capacity * capacity * sizeof(int64_t);
}

void difference_init(struct difference *system, void *memory, uint32_t capacity)
{
    *system = (struct difference){.capacity = capacity, .upper = memory};
}

void difference_copy(struct difference *to, const struct difference *from)
{
    check(to->capacity >= from->count);
    to->count = from->count;
    for (uint32_t a = 0; a < from->count; a++) {
        memcpy(to->upper + (size_t)a * to->capacity, from->upper + (size_t)a * from->capacity,
               from->count * sizeof *to->upper);
    }
}

uint32_t difference_variable(struct difference *system)
{
    check(system->count < system->capacity);
    const uint32_t number = system->count++;
    for (uint32_t other = 0; other < number; other++) {
        system->upper[(size_t)number * system->capacity + other] = DIFFERENCE_NONE;
        system->upper[(size_t)other * system->capacity + number] = DIFFERENCE_NONE;
    }
    system->upper[(size_t)number * system->capacity + number] = 0;
    return number;
}

int64_t difference_bound(const struct difference *system, uint32_t a, uint32_t b)
{
    check(a < system->count && b < system->count);
    return system->upper[(size_t)a * system->capacity + b];
}

bool difference_add(struct difference *system, uint32_t a, uint32_t b, int64_t w)
{
    check(a < system->count && b < system->count && w < DIFFERENCE_NONE);
    if (difference_bound(system, a, b) <= w) {
        return true;
    }
    const int64_t back = difference_bound(system, b, a);
    if (back < DIFFERENCE_NONE && back + w < 0) {
        return false;
    }
    const int64_t *from_b = system->upper + (size_t)b * system->capacity;
    for (uint32_t i = 0; i < system->count; i++) {
        int64_t *from_i = system->upper + (size_t)i * system->capacity;
        if (from_i[a] >= DIFFERENCE_NONE) {
            continue;
        }
        const int64_t via = from_i[a] + w;
        for (uint32_t j = 0; j < system->count; j++) {
            if (from_b[j] < DIFFERENCE_NONE && via + from_b[j] < from_i[j]) {
                from_i[j] = via + from_b[j];
            }
        }
    }
    return true;
}

bool difference_between(struct difference *system, uint32_t a, uint32_t b, int64_t low, int64_t high)
{
    return difference_add(system, a, b, high) && difference_add(system, b, a, -low);
}
