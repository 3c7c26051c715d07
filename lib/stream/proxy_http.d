lib/stream/proxy_http.o: lib/stream/proxy_http.cc lib/posix/fault.h \
 lib/stream/base64.h lib/stream/secret.h lib/stream/proxy_dialogue.h \
 lib/stream/proxy.h lib/stream/stream.h
lib/posix/fault.h:
lib/stream/base64.h:
lib/stream/secret.h:
lib/stream/proxy_dialogue.h:
lib/stream/proxy.h:
lib/stream/stream.h:
