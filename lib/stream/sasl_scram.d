lib/stream/sasl_scram.o: lib/stream/sasl_scram.cc lib/stream/sasl_scram.h \
 lib/stream/digest.h lib/stream/secret.h lib/stream/sasl.h \
 lib/posix/fault.h lib/stream/base64.h
lib/stream/sasl_scram.h:
lib/stream/digest.h:
lib/stream/secret.h:
lib/stream/sasl.h:
lib/posix/fault.h:
lib/stream/base64.h:
