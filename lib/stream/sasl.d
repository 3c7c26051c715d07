lib/stream/sasl.o: lib/stream/sasl.cc lib/stream/sasl.h \
 lib/stream/secret.h lib/posix/fault.h lib/stream/base64.h \
 lib/stream/sasl_oauth.h lib/stream/sasl_plain.h lib/stream/sasl_scram.h \
 lib/stream/digest.h
lib/stream/sasl.h:
lib/stream/secret.h:
lib/posix/fault.h:
lib/stream/base64.h:
lib/stream/sasl_oauth.h:
lib/stream/sasl_plain.h:
lib/stream/sasl_scram.h:
lib/stream/digest.h:
