/* What a unit test includes: cmocka, and CHECK.
 *
 * A test is `static void name_as_a_sentence(void **state)`. CHECK(expr) ends it
 * when the expression is false, and says where.
 */
#ifndef SLUICE_TESTS_CHECK_H
#define SLUICE_TESTS_CHECK_H

/* cmocka.h uses these without including them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#define CHECK(expr) _assert_true((expr) ? 1 : 0, #expr, __FILE__, __LINE__)

#endif
