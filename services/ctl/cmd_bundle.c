#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "services/ctl/bundle.h"
#include "services/ctl/ctl.h"
#include "services/ctl/newfile.h"

#define EXIT_USAGE 64

/* tiendo-support-20260105T080000Z.tar.gz */
static void
name_make(const struct ctl *ctl, char out[PATHS_MAX])
{
	char time[CLOCK_TEXT_SIZE];
	char digits[CLOCK_TEXT_SIZE];
	size_t n = 0;

	clock_format_rfc3339(clock_wall_now(&ctl->clock), time);
	for (size_t i = 0; time[i] != '\0' && time[i] != '.'; i++)
		if (time[i] != '-' && time[i] != ':')
			digits[n++] = time[i];
	digits[n] = '\0';
	(void)snprintf(out, PATHS_MAX, "tiendo-support-%sZ.tar.gz", digits);
}

int
cmd_support_bundle(struct ctl *ctl)
{
	static const struct words exists = {"there is such a file; it stays",
	                                    "tệp đã có, không ghi đè"};
	char name[PATHS_MAX];
	const char *path = name;
	struct buf out;
	enum err err;

	name_make(ctl, name);
	if (ctl->n_operands > 0)
		path = ctl->operands[0];
	buf_init(&out, BUNDLE_BYTES_MAX);
	err = bundle_make(ctl, &out);
	errno = 0;
	if (err == ERR_OK)
		err = newfile_create(path, buf_span(&out));
	buf_fini(&out);
	if (err == ERR_IN_USE) {
		fprintf(ctl->err, "tiendo: %s: %s\n", path,
		        ctl_words(ctl, exists));
		return EXIT_USAGE;
	}
	if (err != ERR_OK)
		return ctl_fail(ctl, err, path);
	fprintf(ctl->out, "%s\n", path);
	return 0;
}
