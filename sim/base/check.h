/* check() is assert() that stays on in every build.
 *
 * A failed check is a bug in slotrace, never bad input: it prints what is needed to reproduce (the context set
 * last: scenario, system, schedule) and the place, and aborts. */
#ifndef SLOTRACE_BASE_CHECK_H
#define SLOTRACE_BASE_CHECK_H

#define check(condition) ((condition) ? (void)0 : check_failed(#condition, __FILE__, __LINE__, __func__))

_Noreturn void check_failed(const char *condition, const char *file, int line, const char *function);

/* Remembers a copy of `text` (cut at 511 bytes) to print when a check fails. */
void check_context(const char *text);

#endif
