lib/stream/proxy_socks5.o: lib/stream/proxy_socks5.cc lib/posix/fault.h \
 lib/stream/proxy_dialogue.h lib/stream/proxy.h lib/stream/secret.h \
 lib/stream/stream.h
lib/posix/fault.h:
lib/stream/proxy_dialogue.h:
lib/stream/proxy.h:
lib/stream/secret.h:
lib/stream/stream.h:
