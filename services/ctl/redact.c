#include "services/ctl/redact.h"

#include <stdbool.h>
#include <string.h>

static const char url_mark[] = "://";
#define URL_MARK_LEN (sizeof(url_mark) - 1)

static bool
begins(struct span text, const char *word)
{
	size_t len = strlen(word);

	return text.len >= len && memcmp(text.ptr, word, len) == 0;
}

static struct span
behind(struct span text, size_t n)
{
	return span_of(text.ptr + n, text.len - n);
}

static bool
holds(struct span text, const char *word)
{
	for (; text.len > 0; text = behind(text, 1))
		if (begins(text, word))
			return true;
	return false;
}

static bool
name_is_secret(struct span name)
{
	static const char *const words[] = {"secret", "key", "token",
	                                    "password"};

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (holds(name, words[i]))
			return true;
	return false;
}

/* Bytes up to the first of ends, or all. */
static size_t
upto(struct span text, const char *ends)
{
	size_t n = 0;

	while (n < text.len && !strchr(ends, text.ptr[n]))
		n++;
	return n;
}

/* Behind "://": host and port stay, who calls and where to do not. Returns how many
 * bytes were read. */
static size_t
put_url(struct span url, struct buf *out)
{
	size_t len = upto(url, " \t\"',");
	struct span whole = span_of(url.ptr, len);
	size_t authority = upto(whole, "/?#");
	size_t at = authority;

	while (at > 0 && whole.ptr[at - 1] != '@')
		at--;
	if (at > 0)
		buf_put_str(out, REDACT_MARK "@");
	buf_put(out, whole.ptr + at, authority - at);
	if (authority < len)
		buf_put_str(out, "/" REDACT_MARK);
	return len;
}

static void
put_value(struct span value, struct buf *out)
{
	while (value.len > 0) {
		size_t n = 1;

		if (begins(value, url_mark)) {
			buf_put_str(out, url_mark);
			n = URL_MARK_LEN +
			    put_url(behind(value, URL_MARK_LEN), out);
		} else {
			buf_put_u8(out, value.ptr[0]);
		}
		value = behind(value, n);
	}
}

static void
put_line(struct span line, struct buf *out)
{
	size_t name = upto(line, ":");
	struct span value = behind(line, name);

	buf_put(out, line.ptr, name);
	if (name_is_secret(span_of(line.ptr, name)) && !begins(value, ": \"\""))
		buf_put_str(out, ": " REDACT_MARK);
	else
		put_value(value, out);
	buf_put_u8(out, '\n');
}

void
redact(struct span text, struct buf *out)
{
	while (text.len > 0) {
		size_t n = upto(text, "\n");

		put_line(span_of(text.ptr, n), out);
		text = behind(text, n < text.len ? n + 1 : n);
	}
}
