lib/stream/sasl_plain.o: lib/stream/sasl_plain.cc lib/posix/fault.h \
 lib/stream/digest.h lib/stream/secret.h lib/stream/sasl_mechanisms.h \
 lib/stream/sasl.h
lib/posix/fault.h:
lib/stream/digest.h:
lib/stream/secret.h:
lib/stream/sasl_mechanisms.h:
lib/stream/sasl.h:
