/* Bump allocation: everything of one purpose (a file, a plan, a run) lives in one arena and dies with it.
 *
 *   chunk 1 [used......|free]  chunk 2 [used..|free]
 *
 * Memory comes zeroed and aligned for any type. There is no failure to handle: running out of memory aborts.
 * arena_rewind() takes back everything allocated since the matching arena_mark(). */
#ifndef SLOTRACE_BASE_ARENA_H
#define SLOTRACE_BASE_ARENA_H

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

struct arena;

struct arena_mark {
    void *chunk;
    size_t used;
};

struct arena *arena_new(void);
void arena_free(struct arena *arena); /* NULL is allowed. */

void *arena_alloc(struct arena *arena, size_t count, size_t size_bytes);
char *arena_copy_text(struct arena *arena, const char *text, size_t length_bytes); /* NUL-terminated copy. */
char *arena_printf(struct arena *arena, const char *format, ...) __attribute__((format(printf, 2, 3)));
char *arena_vprintf(struct arena *arena, const char *format, va_list arguments) __attribute__((format(printf, 2, 0)));

struct arena_mark arena_mark(const struct arena *arena);
void arena_rewind(struct arena *arena, struct arena_mark mark);

/* Bytes held from the system; for budgets and for tests. */
size_t arena_size_bytes(const struct arena *arena);

/* Makes room for one more element in a growing array that lives in `arena`: doubles `*capacity` when full and
 * returns the (possibly moved) array. The old copy stays in the arena until it dies, at most as much again. */
void *arena_grow(struct arena *arena, void *array, size_t count, size_t *capacity, size_t size_bytes);

#define ARENA_NEW(arena, type) ((type *)arena_alloc((arena), 1, sizeof(type)))
#define ARENA_ARRAY(arena, type, count) ((type *)arena_alloc((arena), (count), sizeof(type)))

/* A growing array: struct { T *items; size_t count, capacity; } list; ARENA_PUSH(arena, &list) = value; */
#define ARENA_PUSH(arena, list)                                                                                        \
    (*(((list)->items = arena_grow((arena), (list)->items, (list)->count, &(list)->capacity, sizeof *(list)->items)),  \
       &(list)->items[(list)->count++]))

#endif
