/* cmocka.h needs these headers before it. */
#ifndef SLOTRACE_TESTS_CMOCKA_ALL_H
#define SLOTRACE_TESTS_CMOCKA_ALL_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#endif
