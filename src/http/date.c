#include "http/date.h"

#include <string.h>

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
    static const char months[][4] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                     "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
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
