#include "http/date.h"

#include <string.h>

static const char months[][4] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                 "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
static const int64_t last_second = 253402300799; /* of the year 9999 */

typedef struct civil {
    int year;
    int month; /* 0 to 11 */
    int day;   /* 1 to 31 */
} civil;

/* The date of a day counted from 1970-01-01. Counts in years that start in
 * March, so that a leap day is the last of its year, and in eras of 400 years,
 * which all have the same length. */
static civil civil_of(int64_t days)
{
    int64_t since = days + 719468; /* from 0000-03-01 */
    int64_t era = since / 146097;
    int day_of_era = (int)(since % 146097);
    int year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36524 -
                       day_of_era / 146096) /
                      365;
    int day_of_year =
        day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    int from_march = (5 * day_of_year + 2) / 153;
    int month = (from_march + 2) % 12;

    return (civil){
        .year = (int)(era * 400) + year_of_era + (month < 2 ? 1 : 0),
        .month = month,
        .day = day_of_year - (153 * from_march + 2) / 5 + 1,
    };
}

static void put_two(char *at, int number)
{
    at[0] = (char)('0' + number / 10);
    at[1] = (char)('0' + number % 10);
}

void sl_date_format(char text[SL_DATE_LEN + 1], int64_t unix_s)
{
    static const char names[][4] = {"Thu", "Fri", "Sat", "Sun",
                                    "Mon", "Tue", "Wed"};
    int64_t seconds = unix_s < 0 ? 0 : unix_s;
    civil date;
    int of_day;

    seconds = seconds > last_second ? last_second : seconds;
    date = civil_of(seconds / 86400);
    of_day = (int)(seconds % 86400);

    memcpy(text, "Thu, 01 Jan 1970 00:00:00 GMT", SL_DATE_LEN + 1);
    memcpy(text, names[seconds / 86400 % 7], 3);
    put_two(text + 5, date.day);
    memcpy(text + 8, months[date.month], 3);
    put_two(text + 12, date.year / 100);
    put_two(text + 14, date.year % 100);
    put_two(text + 17, of_day / 3600);
    put_two(text + 20, of_day / 60 % 60);
    put_two(text + 23, of_day % 60);
}

/* --- Reading ------------------------------------------------------------------ */

/* What a form stands for: a digit for each letter of these, and other characters
 * for themselves; M is the name of a month. */
static const char fixdate[] = "DD MMM YYYY hh:mm:ss GMT";  /* behind "Sun, " */
static const char rfc850[] = "DD-MMM-YY hh:mm:ss GMT";     /* "Sunday, " */
static const char asctime_form[] = "MMM DD hh:mm:ss YYYY"; /* "Sun " */

typedef struct fields {
    int day, year, hour, minute, second;
    int month; /* 0 to 11 */
} fields;

static int *field_of(fields *f, char letter)
{
    switch (letter) {
    case 'D':
        return &f->day;
    case 'Y':
        return &f->year;
    case 'h':
        return &f->hour;
    case 'm':
        return &f->minute;
    case 's':
        return &f->second;
    default:
        return NULL;
    }
}

static bool read_month(const char *text, int *month)
{
    for (*month = 0; *month < 12; ++*month) {
        if (memcmp(text, months[*month], 3) == 0) {
            return true;
        }
    }
    return false;
}

static bool read_form(sl_span text, const char *form, fields *f)
{
    *f = (fields){0};
    if (text.len != strlen(form)) {
        return false;
    }
    for (size_t i = 0; i < text.len; i++) {
        char c = text.data[i];
        int *field = form[i] == 'M' ? NULL : field_of(f, form[i]);

        if (form[i] == 'M' && form[i + 1] == 'M' && form[i + 2] == 'M') {
            if (!read_month(text.data + i, &f->month)) {
                return false;
            }
            i += 2;
        } else if (field == NULL) {
            if (c != form[i]) {
                return false;
            }
        } else if (c >= '0' && c <= '9') {
            *field = *field * 10 + (c - '0');
        } else if (c != ' ' || form != asctime_form || *field != 0) {
            return false; /* asctime has a blank before a day below 10 */
        }
    }
    return true;
}

/* The reverse of civil_of. */
static int64_t days_of(int year, int month, int day)
{
    int from_march = (month + 10) % 12;
    int shifted = year - (month < 2 ? 1 : 0);
    int era = shifted / 400;
    int of_era = shifted - era * 400;
    int of_year = (153 * from_march + 2) / 5 + day - 1;

    return INT64_C(146097) * era + INT64_C(365) * of_era + of_era / 4 -
           of_era / 100 + of_year - 719468;
}

static bool is_date(const fields *f)
{
    civil same;

    if (f->year < 1 || f->day < 1 || f->day > 31 || f->hour > 23 ||
        f->minute > 59 || f->second > 60) {
        return false;
    }
    same = civil_of(days_of(f->year, f->month, f->day));
    return same.day == f->day; /* there is no February 30 */
}

/* The last year with these two digits that is not more than 50 years ahead (RFC 9110,
 * 5.6.7). */
static int full_year(int two, int64_t near_s)
{
    int from = civil_of(near_s / 86400).year - 49;

    return from + (two - from % 100 + 100) % 100;
}

/* Letters up to `mark`, at least three of them; how long it is with the mark. */
static size_t day_name_len(sl_span text, const char *mark)
{
    size_t len = 0;

    while (len < text.len && ((text.data[len] | 0x20) >= 'a') &&
           ((text.data[len] | 0x20) <= 'z')) {
        len++;
    }
    if (len < 3 || text.len - len < strlen(mark) ||
        memcmp(text.data + len, mark, strlen(mark)) != 0) {
        return 0;
    }
    return len + strlen(mark);
}

bool sl_date_parse(sl_span text, int64_t near_s, int64_t *unix_s)
{
    size_t name = day_name_len(text, ", ");
    fields f;

    if (name == 0) {
        name = day_name_len(text, " ");
    }
    text.data += name;
    text.len -= name;
    if (name == 0) {
        return false;
    }
    if (read_form(text, rfc850, &f)) {
        f.year = full_year(f.year, near_s);
    } else if (!read_form(text, fixdate, &f) &&
               !read_form(text, asctime_form, &f)) {
        return false;
    }
    if (!is_date(&f)) {
        return false;
    }
    *unix_s = days_of(f.year, f.month, f.day) * 86400 + INT64_C(3600) * f.hour +
              INT64_C(60) * f.minute + f.second;
    return true;
}
