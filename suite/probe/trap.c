// Functions to put into table slots: those that nobody may call, each of which remembers the
// slot it stands for and answers with a number that no calculation survives, and those that
// answer with the number they are asked to, as the functions do that tell a table's version.

#include "probe.h"

#include <math.h>
#include <string.h>

enum { TRAPS = 8, ANSWERS = 4 };

static char slots[TRAPS][32];

#define TRAP(n)                                                                  \
    static double trap_##n(double Py_UNUSED(x))                                  \
    {                                                                            \
        log_record("{\"event\":\"trap\",\"slot\":\"%s\"}\n", slots[n]);          \
        return (double)NAN;                                                      \
    }
TRAP(0) TRAP(1) TRAP(2) TRAP(3) TRAP(4) TRAP(5) TRAP(6) TRAP(7)

// Returns NULL if the slot's name is not a plain word or all traps are set.
double (*trap_for(const char *slot))(double)
{
    static double (*const traps[TRAPS])(double) = {
        trap_0, trap_1, trap_2, trap_3, trap_4, trap_5, trap_6, trap_7,
    };
    size_t length = strlen(slot);
    if (length == 0 || length >= sizeof slots[0]
        || strspn(slot, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_") < length) {
        return NULL;
    }
    for (int n = 0; n < TRAPS; n++) {
        if (slots[n][0] == '\0') {
            memcpy(slots[n], slot, length + 1);
        }
        if (strcmp(slots[n], slot) == 0) {
            return traps[n];
        }
    }
    return NULL;
}

static unsigned answers[ANSWERS];
static int answering;

#define ANSWER(n)                                                                \
    static unsigned answer_##n(void)                                             \
    {                                                                            \
        return answers[n];                                                       \
    }
ANSWER(0) ANSWER(1) ANSWER(2) ANSWER(3)

// Returns NULL if each gives another answer already.
unsigned (*answer_of(unsigned number))(void)
{
    static unsigned (*const functions[ANSWERS])(void) = {answer_0, answer_1, answer_2, answer_3};
    int n = 0;
    while (n < answering && answers[n] != number) {
        n++;
    }
    if (n == ANSWERS) {
        return NULL;
    }
    answers[n] = number;
    answering = n < answering ? answering : n + 1;
    return functions[n];
}
