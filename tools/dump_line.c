/* SPDX-License-Identifier: BSD-2-Clause */
#include "tools/dump_line.h"

#include <time.h>

#include "libmip/print.h"

#define TEXT_MAX    65536
#define CARRIED_MAX 1024

void dump_line(FILE *to, uint64_t wall, const struct mipm_msg *msg)
{
	static char text[TEXT_MAX], carried[CARRIED_MAX];
	time_t s = (time_t)(wall / 1000000000);
	struct tm tm;

	mipm_print(text, sizeof(text), msg);
	localtime_r(&s, &tm);
	fprintf(to, "%02d:%02d:%02d.%06lu %s", tm.tm_hour, tm.tm_min, tm.tm_sec,
		(unsigned long)(wall % 1000000000 / 1000), text);
	if (msg->type == MIPM_SIG_IN || msg->type == MIPM_SIG_OUT)
		fprintf(to, " | %s",
			mip_print(((const struct mipm_sig *)msg->body)->payload, carried,
				sizeof(carried)));
	putc('\n', to);
}
