#include "common/base/paths.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

const char *
env_get(char *const *envp, const char *name)
{
	size_t len = strlen(name);

	for (; *envp; envp++) {
		if (strncmp(*envp, name, len) == 0 && (*envp)[len] == '=' &&
		    (*envp)[len + 1] != '\0')
			return *envp + len + 1;
	}
	return NULL;
}

__attribute__((format(printf, 2, 3))) static enum err
path_print(struct path *out, const char *format, ...)
{
	struct path got;
	va_list args;
	int len;

	va_start(args, format);
	len = vsnprintf(got.text, sizeof(got.text), format, args);
	va_end(args);
	if (len < 0 || (size_t)len >= sizeof(got.text))
		return ERR_TOO_LARGE;
	memcpy(out->text, got.text, (size_t)len + 1);
	return ERR_OK;
}

enum err
data_dir_resolve(const char *named, char *const *envp, const char *system,
                 struct path *data)
{
	const char *env = env_get(envp, "TIENDO_DATA");
	const char *xdg = env_get(envp, "XDG_DATA_HOME");
	const char *home = env_get(envp, "HOME");

	if (named && *named)
		return path_print(data, "%s", named);
	if (env)
		return path_print(data, "%s", env);
	if (access(system, W_OK | X_OK) == 0)
		return path_print(data, "%s", system);
	/* The XDG specification: a relative path is to be ignored. */
	if (xdg && xdg[0] == '/')
		return path_print(data, "%s/tiendo", xdg);
	if (home)
		return path_print(data, "%s/.local/share/tiendo", home);
	return ERR_CONF;
}

enum err
path_service(const struct path *data, const char *service, struct path *out)
{
	return path_print(out, "%s/%s", data->text, service);
}

enum err
path_run(const struct path *data, struct path *out)
{
	return path_print(out, "%s/run", data->text);
}

enum err
path_sock(const struct path *data, const char *service, struct path *out)
{
	return path_print(out, "%s/run/%s.sock", data->text, service);
}

enum err
path_endpoint(const struct path *data, const char *service,
              char out[PATHS_ENDPOINT_MAX])
{
	struct path sock;
	enum err err = path_sock(data, service, &sock);

	if (err == ERR_OK)
		snprintf(out, PATHS_ENDPOINT_MAX, "ipc://%s", sock.text);
	return err;
}

enum err
path_publish(const struct path *data, const char *service,
             char out[PATHS_ENDPOINT_MAX])
{
	struct path run;
	enum err err = path_run(data, &run);

	if (err == ERR_OK &&
	    snprintf(out, PATHS_ENDPOINT_MAX, "ipc://%s/%s.pub", run.text,
	             service) >= PATHS_ENDPOINT_MAX)
		err = ERR_TOO_LARGE;
	return err;
}

static enum err
make_one(const char *path)
{
	struct stat st;

	if (mkdir(path, 0700) == 0)
		return ERR_OK;
	/* Also EROFS, EACCES and so on: what counts is that it is there. */
	if (stat(path, &st) == 0 && S_ISDIR(st.st_mode))
		return ERR_OK;
	return errno == ENOSPC || errno == EDQUOT ? ERR_STORAGE_FULL : ERR_IO;
}

enum err
paths_make(const struct path *data)
{
	struct path made = *data;
	struct path run;
	enum err err = path_run(data, &run);

	for (char *p = made.text + 1; err == ERR_OK && made.text[0]; p++) {
		char end = *p;

		if (end != '/' && end != '\0')
			continue;
		*p = '\0';
		err = make_one(made.text);
		*p = end;
		if (end == '\0')
			break;
	}
	return err == ERR_OK ? make_one(run.text) : err;
}
