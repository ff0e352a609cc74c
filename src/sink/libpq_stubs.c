/* Kerberos and LDAP for a statically linked libpq: "not available".
 *
 * Debian's libpq.a is built with both, and neither has a static archive there. libpq asks for them when a server or a
 * connection string wants GSSAPI, or a service file names an LDAP server. Every function here reports failure, so libpq
 * goes on without (gssencmode=prefer) or fails with its own message. Where libpq is a shared library, nothing here is
 * linked. */
#include <stddef.h>
#include <stdint.h>

/* RFC 2744: the routine error GSS_S_UNAVAILABLE, and a counted string. */
#define UNAVAILABLE ((uint32_t)16 << 16)

typedef struct {
  size_t length;
  void *value;
} gss_buffer_desc;

void *GSS_C_NT_HOSTBASED_SERVICE = NULL;

uint32_t gss_acquire_cred(void);
uint32_t gss_acquire_cred(void) { return UNAVAILABLE; }

uint32_t gss_import_name(void);
uint32_t gss_import_name(void) { return UNAVAILABLE; }

uint32_t gss_init_sec_context(void);
uint32_t gss_init_sec_context(void) { return UNAVAILABLE; }

uint32_t gss_delete_sec_context(void);
uint32_t gss_delete_sec_context(void) { return 0; }

uint32_t gss_release_cred(void);
uint32_t gss_release_cred(void) { return 0; }

uint32_t gss_release_name(void);
uint32_t gss_release_name(void) { return 0; }

uint32_t gss_wrap(void);
uint32_t gss_wrap(void) { return UNAVAILABLE; }

uint32_t gss_unwrap(void);
uint32_t gss_unwrap(void) { return UNAVAILABLE; }

uint32_t gss_wrap_size_limit(void);
uint32_t gss_wrap_size_limit(void) { return UNAVAILABLE; }

/* libpq asks again for as long as `more` is not zero, and prints what it got. */
uint32_t gss_display_status(uint32_t *minor, uint32_t status, int type, void *mechanism, uint32_t *more,
                            gss_buffer_desc *text);
uint32_t gss_display_status(uint32_t *minor, uint32_t status, int type, void *mechanism, uint32_t *more,
                            gss_buffer_desc *text) {
  static char message[] = "GSSAPI is not part of this build";
  (void)status;
  (void)type;
  (void)mechanism;
  *minor = 0;
  *more = 0;
  text->length = sizeof message - 1;
  text->value = message;
  return 0;
}

uint32_t gss_release_buffer(uint32_t *minor, gss_buffer_desc *text);
uint32_t gss_release_buffer(uint32_t *minor, gss_buffer_desc *text) {
  *minor = 0;
  text->length = 0;
  text->value = NULL;
  return 0;
}

/* libpq gives up when ldap_init answers NULL, so the others are never reached. */
void *ldap_init(void);
void *ldap_init(void) { return NULL; }

const char *ldap_err2string(void);
const char *ldap_err2string(void) { return "LDAP is not part of this build"; }

void *ldap_first_entry(void);
void *ldap_first_entry(void) { return NULL; }

void *ldap_get_values_len(void);
void *ldap_get_values_len(void) { return NULL; }

void ldap_value_free_len(void);
void ldap_value_free_len(void) {}

int ldap_count_entries(void);
int ldap_count_entries(void) { return -1; }

int ldap_msgfree(void);
int ldap_msgfree(void) { return -1; }

int ldap_result(void);
int ldap_result(void) { return -1; }

int ldap_search_st(void);
int ldap_search_st(void) { return -1; }

int ldap_set_option(void);
int ldap_set_option(void) { return -1; }

int ldap_simple_bind(void);
int ldap_simple_bind(void) { return -1; }

int ldap_unbind(void);
int ldap_unbind(void) { return -1; }
