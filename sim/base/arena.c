#include "base/arena.h"

#include "base/check.h"

#include <stdalign.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { CHUNK_BYTES_MIN = 64 * 1024 };

struct chunk {
    struct chunk *previous;
    size_t capacity;
    size_t used;
    alignas(max_align_t) unsigned char data[];
};

struct arena {
    struct chunk *last;
    size_t size_bytes;
};

static struct chunk *chunk_new(struct chunk *previous, size_t need_bytes)
{
    size_t capacity = previous == NULL ? (size_t)CHUNK_BYTES_MIN : previous->capacity * 2;
    const size_t capacity_max = (size_t)16 * 1024 * 1024;
    if (capacity > capacity_max) {
        capacity = capacity_max;
    }
    if (capacity < need_bytes) {
        capacity = need_bytes;
    }
    check(capacity <= SIZE_MAX - sizeof(struct chunk));
    struct chunk *chunk = malloc(sizeof *chunk + capacity);
    check(chunk != NULL);
    chunk->previous = previous;
    chunk->capacity = capacity;
    chunk->used = 0;
    return chunk;
}

struct arena *arena_new(void)
{
    struct arena *arena = malloc(sizeof *arena);
    check(arena != NULL);
    arena->last = chunk_new(NULL, 0);
    arena->size_bytes = arena->last->capacity;
    return arena;
}

void arena_free(struct arena *arena)
{
    if (arena == NULL) {
        return;
    }
    for (struct chunk *chunk = arena->last; chunk != NULL;) {
        struct chunk *previous = chunk->previous;
        free(chunk);
        chunk = previous;
    }
    free(arena);
}

void *arena_alloc(struct arena *arena, size_t count, size_t size_bytes)
{
    const size_t align = alignof(max_align_t);
    check(size_bytes == 0 || count <= (SIZE_MAX - align) / size_bytes);
    size_t need = count * size_bytes;
    need = (need + align - 1) / align * align;
    if (arena->last->capacity - arena->last->used < need) {
        arena->last = chunk_new(arena->last, need);
        arena->size_bytes += arena->last->capacity;
    }
    void *memory = arena->last->data + arena->last->used;
    arena->last->used += need;
    return memset(memory, 0, need);
}

char *arena_copy_text(struct arena *arena, const char *text, size_t length_bytes)
{
    char *copy = arena_alloc(arena, length_bytes + 1, 1);
    if (length_bytes > 0) {
        memcpy(copy, text, length_bytes);
    }
    return copy;
}

char *arena_vprintf(struct arena *arena, const char *format, va_list arguments)
{
    va_list again;
    va_copy(again, arguments);
    const int length = vsnprintf(NULL, 0, format, arguments);
    check(length >= 0);
    char *text = arena_alloc(arena, (size_t)length + 1, 1);
    (void)vsnprintf(text, (size_t)length + 1, format, again);
    va_end(again);
    return text;
}

char *arena_printf(struct arena *arena, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    char *text = arena_vprintf(arena, format, arguments);
    va_end(arguments);
    return text;
}

struct arena_mark arena_mark(const struct arena *arena)
{
    return (struct arena_mark){.chunk = arena->last, .used = arena->last->used};
}

void arena_rewind(struct arena *arena, struct arena_mark mark)
{
    while (arena->last != mark.chunk) {
        struct chunk *chunk = arena->last;
        check(chunk->previous != NULL);
        arena->last = chunk->previous;
        arena->size_bytes -= chunk->capacity;
        free(chunk);
    }
    check(mark.used <= arena->last->used);
    arena->last->used = mark.used;
}

size_t arena_size_bytes(const struct arena *arena)
{
    return arena->size_bytes;
}

void *arena_grow(struct arena *arena, void *array, size_t count, size_t *capacity, size_t size_bytes)
{
    if (count < *capacity) {
        return array;
    }
    const size_t wider = *capacity == 0 ? 8 : *capacity * 2;
    void *moved = arena_alloc(arena, wider, size_bytes);
    if (count > 0) {
        memcpy(moved, array, count * size_bytes);
    }
    *capacity = wider;
    return moved;
}
