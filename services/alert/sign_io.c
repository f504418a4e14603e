#include "services/alert/sign_io.h"

#include <inttypes.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>

bool
sign_start(void)
{
	return sodium_init() >= 0;
}

void
sign(char out[SIGN_TEXT_MAX], const char *secret, struct span body, int64_t t)
{
	crypto_auth_hmacsha256_state state;
	unsigned char mac[crypto_auth_hmacsha256_BYTES];
	char hex[2 * sizeof(mac) + 1];
	char text[24];

	snprintf(text, sizeof(text), "%" PRId64 ".", t);
	crypto_auth_hmacsha256_init(&state, (const unsigned char *)secret,
	                            strlen(secret));
	crypto_auth_hmacsha256_update(&state, (const unsigned char *)text,
	                              strlen(text));
	crypto_auth_hmacsha256_update(&state, body.ptr, body.len);
	crypto_auth_hmacsha256_final(&state, mac);
	sodium_bin2hex(hex, sizeof(hex), mac, sizeof(mac));
	snprintf(out, SIGN_TEXT_MAX, "t=%" PRId64 ",v1=%s", t, hex);
}
