#include "common/base/process.h"

#include <dirent.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <unistd.h>

#include "common/base/stat.h"

#define MS_PER_S  1000
#define US_PER_MS 1000

enum process_row {
	PROCESS_RESIDENT,
	PROCESS_VIRTUAL,
	PROCESS_CPU,
	PROCESS_FDS,
	PROCESS_FDS_MAX,
	PROCESS_ROWS
};

static const struct stat_row process_rows[PROCESS_ROWS] = {
    [PROCESS_RESIDENT] = {"process_resident_memory_bytes", STAT_GAUGE, "bytes",
                          "Resident memory.", NULL, 0},
    [PROCESS_VIRTUAL] = {"process_virtual_memory_bytes", STAT_GAUGE, "bytes",
                         "Address space.", NULL, 0},
    [PROCESS_CPU] = {"process_cpu_seconds_total", STAT_COUNTER, "seconds",
                     "Processor time, user and system.", NULL, 3},
    [PROCESS_FDS] = {"process_open_fds", STAT_GAUGE, NULL, "Open descriptors.",
                     NULL, 0},
    [PROCESS_FDS_MAX] = {"process_max_fds", STAT_GAUGE, NULL,
                         "Descriptors that may be open.", NULL, 0},
};

static enum err
memory_read(struct process_figures *f)
{
	FILE *file = fopen("/proc/self/statm", "re");
	long page_bytes = sysconf(_SC_PAGESIZE);
	char line[128];
	char *rest;
	long long size, resident;
	bool read;

	if (file == NULL)
		return ERR_IO;
	read = fgets(line, sizeof(line), file) != NULL;
	(void)fclose(file);
	if (!read)
		return ERR_IO;
	size = strtoll(line, &rest, 10);
	resident = strtoll(rest, NULL, 10);
	if (size <= 0 || resident <= 0)
		return ERR_IO;
	f->virtual_bytes = (int64_t)size * page_bytes;
	f->resident_bytes = (int64_t)resident * page_bytes;
	return ERR_OK;
}

static enum err
descriptors_read(struct process_figures *f)
{
	struct dirent **entries;
	struct rlimit limit;
	int n = scandir("/proc/self/fd", &entries, NULL, NULL);

	if (n < 0)
		return ERR_IO;
	for (int i = 0; i < n; i++)
		free(entries[i]);
	free(entries);
	if (getrlimit(RLIMIT_NOFILE, &limit) != 0)
		return ERR_IO;
	f->max_fds = (int64_t)limit.rlim_cur;
	f->open_fds = n - 3; /* ".", "..", and the directory's own */
	return ERR_OK;
}

static int64_t
time_ms(struct timeval t)
{
	return (int64_t)t.tv_sec * MS_PER_S + t.tv_usec / US_PER_MS;
}

enum err
process_read(struct process_figures *f)
{
	struct process_figures found = {0};
	struct rusage usage;
	enum err err = memory_read(&found);

	if (err == ERR_OK)
		err = descriptors_read(&found);
	if (err == ERR_OK && getrusage(RUSAGE_SELF, &usage) != 0)
		err = ERR_IO;
	if (err != ERR_OK)
		return err;
	found.cpu_ms = time_ms(usage.ru_utime) + time_ms(usage.ru_stime);
	*f = found;
	return ERR_OK;
}

void
process_metrics(struct buf *out)
{
	struct process_figures f;
	int64_t values[PROCESS_ROWS];

	if (process_read(&f) != ERR_OK)
		return;
	values[PROCESS_RESIDENT] = f.resident_bytes;
	values[PROCESS_VIRTUAL] = f.virtual_bytes;
	values[PROCESS_CPU] = f.cpu_ms;
	values[PROCESS_FDS] = f.open_fds;
	values[PROCESS_FDS_MAX] = f.max_fds;
	for (size_t i = 0; i < PROCESS_ROWS; i++) {
		stat_put_head(out, &process_rows[i]);
		stat_put_sample(out, &process_rows[i], NULL, values[i]);
	}
}
