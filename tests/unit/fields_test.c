#include "http/fields.h"

#include <string.h>

#include "check.h"
#include "http/target.h"

#define SPAN(text) ((sl_span){(text), sizeof(text) - 1})

typedef struct table {
    sl_arena_pool pool;
    sl_arena arena;
    sl_fields fields;
} table;

static void setup(table *t)
{
    sl_arena_pool_init(&t->pool, 4);
    sl_arena_init(&t->arena, &t->pool);
    sl_fields_init(&t->fields, &t->arena);
}

static void teardown(table *t)
{
    sl_arena_reset(&t->arena);
    sl_arena_pool_deinit(&t->pool);
}

static void names_compare_without_case(void **state)
{
    CHECK(sl_field_is(SPAN("Content-Type"), "content-TYPE", 12));
    CHECK(!sl_field_is(SPAN("Content-Type"), "Content-Typ", 11));
    CHECK(!sl_field_is(SPAN("a@"), "a`", 2)); /* they differ by the case bit */
    CHECK(sl_field_is(SPAN(""), "", 0));
}

static void lines_are_found_in_order(void **state)
{
    table t;

    setup(&t);
    sl_fields_add(&t.fields, "A", 1, "1", 1);
    sl_fields_add(&t.fields, "B", 1, "", 0);
    sl_fields_add(&t.fields, "a", 1, "2", 1);
    CHECK(*sl_fields_find(&t.fields, "a", 1, 0)->value.data == '1');
    CHECK(*sl_fields_find(&t.fields, "A", 1, 1)->value.data == '2');
    CHECK(sl_fields_find(&t.fields, "A", 1, 2) == NULL);
    CHECK(sl_fields_find(&t.fields, "b", 1, 0)->value.len == 0);
    CHECK(t.fields.bytes == 5);
    teardown(&t);
}

static void removing_takes_all_lines_of_a_name(void **state)
{
    table t;

    setup(&t);
    sl_fields_add(&t.fields, "A", 1, "1", 1);
    sl_fields_add(&t.fields, "B", 1, "2", 1);
    sl_fields_add(&t.fields, "a", 1, "3", 1);
    CHECK(sl_fields_remove(&t.fields, "A", 1) == 2);
    CHECK(sl_fields_remove(&t.fields, "A", 1) == 0);
    CHECK(t.fields.count == 1 && t.fields.bytes == 2);
    CHECK(*t.fields.items[0].name.data == 'B');
    teardown(&t);
}

static void a_table_grows_and_keeps_what_it_holds(void **state)
{
    table t;

    setup(&t);
    for (int i = 0; i < 100; i++) {
        char value = (char)i;

        sl_fields_add(&t.fields, "N", 1, &value, 1);
    }
    CHECK(t.fields.count == 100 && t.fields.bytes == 200);
    for (uint32_t i = 0; i < 100; i++) {
        CHECK(*sl_fields_find(&t.fields, "n", 1, i)->value.data == (char)i);
    }
    sl_fields_clear(&t.fields);
    CHECK(sl_fields_find(&t.fields, "N", 1, 0) == NULL);
    CHECK(t.fields.bytes == 0);
    teardown(&t);
}

static void
tokens_and_values_are_told_from_what_would_break_a_head(void **state)
{
    CHECK(sl_is_token("X-a_1!#$%&'*+-.^`|~", 19));
    CHECK(!sl_is_token("", 0));
    CHECK(!sl_is_token("a b", 3));
    CHECK(!sl_is_token("a:", 2));
    CHECK(!sl_is_token("a\0b", 3));
    CHECK(!sl_is_token("\xc3\xa4", 2));
    CHECK(sl_is_field_value("", 0));
    CHECK(sl_is_field_value("a\tb \xff", 5));
    CHECK(!sl_is_field_value("a\r", 2));
    CHECK(!sl_is_field_value("a\nb", 3));
    CHECK(!sl_is_field_value("\0", 1));
    CHECK(!sl_is_field_value("\x7f", 1));
}

static void a_value_is_looked_at_everywhere(void **state)
{
    for (size_t at = 0; at < 20; at++) {
        for (int byte = 0; byte < 256; byte++) {
            char text[20];

            memset(text, at % 2 == 0 ? 'x' : '\t', sizeof text);
            text[at] = (char)byte;
            CHECK(sl_is_field_value(text, sizeof text) ==
                  ((byte >= ' ' && byte != 0x7f) || byte == '\t'));
        }
    }
}

static const char alphanumerics[] = "abcdefghijklmnopqrstuvwxyz0123456789"
                                    "ABCDEFGHIJKLMNOPQRSTUVWXYZ";

static bool is_one_of(char c, const char *others)
{
    return c != '\0' &&
           (strchr(alphanumerics, c) != NULL || strchr(others, c) != NULL);
}

static void each_character_is_where_the_standards_have_it(void **state)
{
    for (int byte = 0; byte < 256; byte++) {
        char c = (char)byte;

        CHECK(sl_is_token(&c, 1) == is_one_of(c, "!#$%&'*+-.^_`|~"));
        if (c != '[' && c != ':') { /* begin something else */
            CHECK(sl_is_authority((sl_span){&c, 1}) ==
                  is_one_of(c, "-._~!$&'()*+,;="));
        }
    }
}

static void lists_are_searched_item_by_item(void **state)
{
    CHECK(sl_list_has_token(SPAN("close"), "close", 5));
    CHECK(sl_list_has_token(SPAN("a,\t CLOSE ,b"), "close", 5));
    CHECK(sl_list_has_token(SPAN(",,close"), "close", 5));
    CHECK(!sl_list_has_token(SPAN("closed"), "close", 5));
    CHECK(!sl_list_has_token(SPAN("not close"), "close", 5));
    CHECK(!sl_list_has_token(SPAN(""), "close", 5));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_compare_without_case),
        cmocka_unit_test(lines_are_found_in_order),
        cmocka_unit_test(removing_takes_all_lines_of_a_name),
        cmocka_unit_test(a_table_grows_and_keeps_what_it_holds),
        cmocka_unit_test(
            tokens_and_values_are_told_from_what_would_break_a_head),
        cmocka_unit_test(a_value_is_looked_at_everywhere),
        cmocka_unit_test(each_character_is_where_the_standards_have_it),
        cmocka_unit_test(lists_are_searched_item_by_item),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
