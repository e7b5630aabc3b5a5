// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/fork/credentials.h"
#include "core/fork/fork.h"
#include "core/fork/git.h"

namespace kernelyard {

/// A remote-tracking branch or a tag that a fetch moved.
struct RefUpdate
{
    QString ref;         ///< refs/remotes/upstream/main
    QString before;      ///< empty: it is new
    QString after;       ///< empty: it is gone
    bool forced = false; ///< what was there before is not part of what is there now

    bool operator==(const RefUpdate &) const = default;
};

/// What the library calls back while it talks to one remote or checks files out: progress, cancelling, credentials
/// (the SSH agent, then keys without a passphrase; git's credential helpers for HTTPS), proxies as git is configured.
/// Must outlive the options that it gives out.
class Transfer
{
public:
    Transfer(const ProgressFunction &progress, QString step);
    Transfer(const Transfer &) = delete;
    Transfer &operator=(const Transfer &) = delete;

    /// Runs one fetch of \a refspecs; \a tags as git's own --tags, --no-tags or automatic. Returns libgit2's code.
    int fetch(git_remote *remote, const QStringList &refspecs, git_remote_autotag_option_t tags, bool prune = false);
    /// Asks the remote what it has and closes the connection; it remains known to git_remote_ls.
    int list(git_remote *remote);
    /// Options whose callbacks are this object's.
    git_checkout_options checkoutOptions(unsigned int strategy);

    const QList<RefUpdate> &updates() const { return m_updates; }
    const QStringList &conflicts() const { return m_conflicts; } ///< files that a checkout would have overwritten

private:
    git_remote_callbacks callbacks();
    bool goOn(const CloneProgress &progress);
    void finished(int code);
    int sshCredential(git_credential **out, const QByteArray &user);
    int helperCredential(git_credential **out, const QString &url, const QString &user);

    static int onTransfer(const git_indexer_progress *stats, void *payload);
    static int onSideband(const char *text, int length, void *payload);
    static int onTips(const char *ref, const git_oid *before, const git_oid *after, void *payload);
    static int onCredentials(git_credential **out, const char *url, const char *user, unsigned int allowed,
                             void *payload);
    static int onCertificate(git_cert *certificate, int valid, const char *host, void *payload);
    static int onCheckout(git_checkout_notify_t why, const char *path, const git_diff_file *, const git_diff_file *,
                          const git_diff_file *, void *payload);

    const ProgressFunction &m_progress;
    CloneProgress m_now;
    QList<RefUpdate> m_updates;
    QStringList m_conflicts;
    std::optional<HelperCredential> m_credential;
    qsizetype m_keysTried = 0;
};

} // namespace kernelyard
