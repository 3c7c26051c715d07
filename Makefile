# SPDX-License-Identifier: GPL-3.0-or-later
# Plain make.  `make demo` and `make check` work on a fresh clone: without a config.mk
# they install what is missing (contrib/bootstrap), configure, and start over.
ifeq ($(wildcard config.mk),)
.PHONY: all check fuzz tidy bench demo install uninstall dist distcheck clean distclean
all check fuzz tidy bench demo install uninstall dist distcheck:
	sh contrib/bootstrap build $(filter check bench demo,$@)
	autoconf && ./configure
	$(MAKE) -j$$(nproc) $@
clean distclean: ;
else
include config.mk
INSTALL ?= install
WARN = -Wall -Wextra -Wpedantic -Wshadow -Wconversion
ALL_CXXFLAGS = $(STD) $(WARN) -I$(srcdir)/lib -DVERSION='"$(VERSION)"' \
  $(PKG_CFLAGS) $(CPPFLAGS) $(CXXFLAGS) $(SANITIZE) -MMD -MP -MF $(@:.o=.dep) -pthread

# bin/X.cc is a program, with bin/X.d/*.cc where one file would be too long; lib/*/*.cc is
# one archive; tests/unit/*.cc is one runner; tests/fuzz/*.cc are libFuzzer targets.
sources = $(patsubst $(srcdir)/%.cc,%$(2),$(wildcard $(srcdir)/$(1)))
PROGRAMS := $(call sources,bin/*.cc)
PART_OBJS := $(call sources,bin/*.d/*.cc,.o)
LIB_OBJS := $(call sources,lib/*/*.cc,.o)
TEST_OBJS := $(call sources,tests/unit/*.cc,.o)
MAN := $(wildcard $(srcdir)/share/man/man?/*)
OBJS := $(LIB_OBJS) $(PART_OBJS) $(TEST_OBJS) $(PROGRAMS:=.o)
BENCH_PROGRAMS := $(call sources,tests/bench/*.cc)
OBJS += $(BENCH_PROGRAMS:=.o)
FUZZERS := $(call sources,tests/fuzz/*.cc)
OBJS += $(FUZZERS:=.o)
LINK = $(CXX) $(CXXFLAGS) $(SANITIZE) $(LDFLAGS) -Wl,--as-needed -pthread -o $@
ALL_LIBS = $(FMT_LIBS) $(OPENSSL_LIBS) $(ZLIB_LIBS) $(SQLITE_LIBS) $(PCRE2_LIBS) $(SECCOMP_LIBS)

.PHONY: all check bench demo install uninstall dist distcheck clean distclean
.DELETE_ON_ERROR:
.SECONDEXPANSION:
all: $(PROGRAMS)
# Who may link what.  A program that reaches past its line here does not link.
bin/imap-connect: LIBS = $(OPENSSL_LIBS) $(ZLIB_LIBS) $(SECCOMP_LIBS)
bin/imap-state: LIBS = $(SQLITE_LIBS)
bin/imap-changes bin/imapsync: LIBS = $(PCRE2_LIBS)
$(PROGRAMS): %: %.o $$(filter $$*.d/$$(percent),$$(PART_OBJS)) $$(ARCHIVE)
	$(LINK) $(QUICK) $(filter %.o %.a,$^) $(FMT_LIBS) $(LIBS)
# A run starts a dozen of them.  libstdc++ and {fmt} (lib/posix/fmt.cc) are linked in; and as
# OpenSSL's functions are weak in imap-connect, --as-needed leaves its libraries out: they are
# loaded with the first TLS connection, the functions bound one by one when they are called
# (not with configure --disable-lazy-openssl).
ARCHIVE = lib/libimapsync.a
ifeq ($(SANITIZE),)
QUICK = -static-libstdc++ -static-libgcc
ifneq ($(LAZY_OPENSSL),no)
bin/imap-connect: ARCHIVE = lib/lazy.a
bin/imap-connect: QUICK += -Wl,-z,lazy
endif
endif
OBJCOPY ?= objcopy
WEAK = ASN1_ BIO_ CRYPTO_ ERR_ EVP_ GENERAL_ HMAC OBJ_ OCSP_ OPENSSL_ PKCS5_ SSL_ TLS_ \
  X509 d2i_ i2d_
lib/lazy.a: lib/libimapsync.a
	$(OBJCOPY) --wildcard $(WEAK:%='--weaken-symbol=%*') $< $@
percent = %
lib/libimapsync.a: $(LIB_OBJS)
	rm -f $@ && $(AR) rcs $@ $^
tests/unit/run: $(TEST_OBJS) lib/libimapsync.a
	$(if $(filter missing,$(GTEST_LIBS)),$(error make check needs GoogleTest))
	$(LINK) $^ $(GTEST_LIBS) $(ALL_LIBS)
$(BENCH_PROGRAMS): %: %.o
	$(LINK) $^
$(FUZZERS): %: %.o lib/libimapsync.a
	$(LINK) -fsanitize=fuzzer $^ $(ALL_LIBS)
$(TEST_OBJS): ALL_CXXFLAGS += $(GTEST_CFLAGS)
$(OBJS): %.o: $(srcdir)/%.cc config.mk
	@mkdir -p $(@D)
	$(CXX) $(ALL_CXXFLAGS) -c -o $@ $<
-include $(OBJS:.o=.dep)

# Everything that is checked, cheap things first: `make check CHECKS="unit filter"` runs
# some of it, CHECK_QUICK=1 leaves out what takes minutes, TESTS names cases.
QUICK_CHECKS = lint layers unit filter
CHECKS = $(QUICK_CHECKS) $(if $(CHECK_QUICK),,sanitize fuzz e2e)
BINPATH = PATH="$(CURDIR)/bin:$$PATH"
JOBS = $(shell nproc 2>/dev/null || echo 2)
.PHONY: $(addprefix check-,lint layers unit filter sanitize fuzz e2e) fuzz tidy sanitized
check:
	@sh $(srcdir)/contrib/bootstrap check
	@MAKE="$(MAKE)" sh $(srcdir)/tests/check $(CHECKS)
check-lint:
	@sh $(srcdir)/tests/lint $(srcdir)
check-layers: all
	@sh $(srcdir)/tests/layers $(srcdir) bin
check-unit: tests/unit/run
	@tests/unit/run --gtest_brief=1
check-filter: all
	@$(BINPATH) $(srcdir)/tests/filter/run $(TESTS)
	@SPLIT=1 $(BINPATH) $(srcdir)/tests/filter/run $(TESTS)
check-e2e: all
	@$(BINPATH) sh $(srcdir)/tests/e2e/run $(TESTS)
# A build of its own, by clang with sanitizers, which the fuzzers share.
check-sanitize: sanitized
	@$(MAKE) -C build-sanitize all tests/unit/run
	@$(MAKE) -C build-sanitize check-unit check-filter
fuzz check-fuzz: sanitized
	@$(MAKE) -C build-sanitize $(FUZZERS)
	@sh $(srcdir)/tests/fuzz/run $(srcdir)/tests/fuzz build-sanitize/tests/fuzz
sanitized:
	@mkdir -p build-sanitize
	@cd build-sanitize && test -e config.mk || \
	  $(abspath $(srcdir))/configure CXX="$(CLANGXX)" CXXFLAGS="-O1 -gline-tables-only" \
	    --enable-sanitize=address,undefined,fuzzer-no-link >configure.out || \
	  { cat configure.out; exit 1; }
CLANGXX = clang++
tidy:
	@printf '%s\n' $(wildcard $(srcdir)/lib/*/*.cc $(srcdir)/bin/*.cc $(srcdir)/bin/*/*.cc) | \
	  xargs -P $(JOBS) -I@ clang-tidy --quiet @ -- $(filter-out -M% $@,$(ALL_CXXFLAGS))
demo: all
	@sh $(srcdir)/contrib/bootstrap demo
	@PATH="$(CURDIR)/bin:$$PATH" python3 $(srcdir)/contrib/demo
bench: all $(BENCH_PROGRAMS)
	@sh $(srcdir)/contrib/bootstrap bench
	@BENCH_TOOLS="$(CURDIR)/tests/bench" PATH="$(CURDIR)/bin:$$PATH" \
	  sh $(srcdir)/tests/bench/run $(BENCH)

install: all
	$(INSTALL) -d $(DESTDIR)$(bindir)
	$(INSTALL) -m 755 $(PROGRAMS) $(DESTDIR)$(bindir)
	for m in $(MAN); do d=$(DESTDIR)$(mandir)/man$${m##*.}; \
	  $(INSTALL) -d "$$d" && $(INSTALL) -m 644 "$$m" "$$d" || exit; done
uninstall:
	cd $(DESTDIR)$(bindir) && rm -f $(notdir $(PROGRAMS))
	for m in $(MAN); do rm -f $(DESTDIR)$(mandir)/man$${m##*.}/$${m##*/}; done

# A release is the committed tree plus a generated configure, nothing else.
D = imapsync-$(VERSION)
dist:
	rm -rf $D && git -C $(srcdir) archive --prefix=$D/ HEAD | tar x
	cd $D && autoconf && rm -rf autom4te.cache
	tar czf $D.tar.gz --owner=0 --group=0 --sort=name $D && rm -rf $D
distcheck: dist
	test ! -d $D-build || { chmod -R u+w $D-build; rm -rf $D-build; }
	mkdir $D-build && cd $D-build && tar xzf ../$D.tar.gz && chmod -R a-w $D && \
	  mkdir obj && cd obj && ../$D/configure --prefix=/usr && $(MAKE) check CHECK_QUICK=1 && \
	  $(MAKE) install DESTDIR="$$PWD/root" && $(MAKE) uninstall DESTDIR="$$PWD/root" && \
	  test -z "$$(find root -type f)"
	chmod -R u+w $D-build && rm -rf $D-build
clean:
	rm -f $(OBJS) $(OBJS:.o=.dep) $(PROGRAMS) lib/libimapsync.a lib/lazy.a tests/unit/run $(FUZZERS) \
	  $(BENCH_PROGRAMS)
	rm -rf build-sanitize
distclean: clean
	rm -rf config.mk config.status config.log autom4te.cache configure~
	test "$(srcdir)" = . && rm -f configure || rm -f Makefile

config.mk: $(srcdir)/lib/config.mk.in config.status
	./config.status $@
config.status: $(srcdir)/configure
	./config.status --recheck
$(srcdir)/configure: $(srcdir)/configure.ac
	cd $(srcdir) && autoconf
endif
