#include "http/tls.hpp"

#include <openssl/ssl.h>

#include <tidemark/errors.hpp>

namespace tidemark::http {

namespace ssl = boost::asio::ssl;

std::shared_ptr<ssl::context> make_tls(const TlsFiles& files) {
  auto context = std::make_shared<ssl::context>(ssl::context::tls_server);
  SSL_CTX* handle = context->native_handle();
  SSL_CTX_set_min_proto_version(handle, TLS1_2_VERSION);
  SSL_CTX_set_options(handle, SSL_OP_NO_RENEGOTIATION | SSL_OP_CIPHER_SERVER_PREFERENCE);
  // Idle connections give their buffers back.
  SSL_CTX_set_mode(handle, SSL_MODE_RELEASE_BUFFERS);
  boost::system::error_code error;
  // A key with a passphrase is refused: nobody is there to be asked for it.
  context->set_password_callback([](std::size_t, ssl::context::password_purpose) { return std::string(); }, error);
  context->use_certificate_chain_file(files.certificate, error);
  if (error)
    throw InputError("TLS: cannot use the certificate in " + files.certificate + ": " + error.message() +
                     "; expected a PEM file with the certificate and its chain");
  context->use_private_key_file(files.key, ssl::context::pem, error);
  if (error)
    throw InputError("TLS: cannot use the key in " + files.key + ": " + error.message() +
                     "; expected a PEM file with the certificate's key, without a passphrase");
  if (SSL_CTX_check_private_key(handle) != 1)
    throw InputError("TLS: the key in " + files.key + " is not that of the certificate in " + files.certificate);
  return context;
}

}  // namespace tidemark::http
