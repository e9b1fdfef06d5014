/* A function that is for what is seldom: kept out of the code of who calls it, so
 * that it costs those who do not one branch, and no registers. */
#ifndef SLUICE_BASE_RARE_H
#define SLUICE_BASE_RARE_H

#define SL_RARE __attribute__((cold, noinline))

#endif
