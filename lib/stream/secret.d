lib/stream/secret.o: lib/stream/secret.cc lib/stream/secret.h
lib/stream/secret.h:
