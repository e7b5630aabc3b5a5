// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/fork/transfer.h"

#include <QDir>
#include <QFile>
#include <QFileInfo>
#include <QMutex>

#include <vector>

using namespace Qt::StringLiterals;

namespace kernelyard {
namespace {

/// Any value below zero ends the library's work; this one it hands back unchanged and never makes itself.
constexpr int stop = GIT_EUSER;

Transfer *self(void *payload)
{
    return static_cast<Transfer *>(payload);
}

/// The keys that ssh(1) tries by itself, the newest kinds first.
QStringList keyFiles()
{
    QStringList found;
    for (const QString &name : {u"id_ed25519"_s, u"id_ecdsa"_s, u"id_rsa"_s}) {
        const QString path = QDir::homePath() + u"/.ssh/" + name;
        if (QFileInfo(path).isFile())
            found << path;
    }
    return found;
}

/// Where git itself was told of certificate authorities, by GIT_SSL_CAINFO or http.sslCAInfo; empty: nowhere.
QByteArray authorities()
{
    QByteArray named = qgetenv("GIT_SSL_CAINFO");
    GitConfig config;
    if (!named.isEmpty() || git_config_open_default(config.out()) != 0)
        return named;
    git_buf path = GIT_BUF_INIT;
    QByteArray found =
        git_config_get_path(&path, config.get(), "http.sslCAInfo") == 0 ? QByteArray(path.ptr) : QByteArray();
    git_buf_dispose(&path);
    return found;
}

/// libgit2 does not look there itself. As with git, they count instead of the system's.
void trustAuthorities()
{
    static QMutex mutex;
    static QByteArray trusted;
    const QMutexLocker lock(&mutex);
    const QByteArray file = authorities();
    if (!file.isEmpty() && file != trusted &&
        git_libgit2_opts(GIT_OPT_SET_SSL_CERT_LOCATIONS, file.constData(), nullptr) == 0)
        trusted = file;
}

/// A list for the library that borrows its texts.
struct StringArray
{
    explicit StringArray(const QStringList &list)
    {
        for (const QString &text : list)
            bytes.push_back(text.toUtf8());
        for (QByteArray &text : bytes)
            pointers.push_back(text.data());
        array = {pointers.data(), pointers.size()};
    }

    std::vector<QByteArray> bytes;
    std::vector<char *> pointers;
    git_strarray array{};
};

} // namespace

Transfer::Transfer(const ProgressFunction &progress, QString step)
    : m_progress(progress)
{
    m_now.step = std::move(step);
}

git_remote_callbacks Transfer::callbacks()
{
    trustAuthorities();
    git_remote_callbacks callbacks = GIT_REMOTE_CALLBACKS_INIT;
    callbacks.transfer_progress = onTransfer;
    callbacks.sideband_progress = onSideband;
    callbacks.update_tips = onTips;
    callbacks.credentials = onCredentials;
    callbacks.certificate_check = onCertificate;
    callbacks.payload = this;
    m_keysTried = 0;
    return callbacks;
}

int Transfer::fetch(git_remote *remote, const QStringList &refspecs, git_remote_autotag_option_t tags, bool prune)
{
    git_fetch_options options = GIT_FETCH_OPTIONS_INIT;
    options.callbacks = callbacks();
    options.download_tags = tags;
    options.prune = prune ? GIT_FETCH_PRUNE : GIT_FETCH_NO_PRUNE;
    options.proxy_opts.type = GIT_PROXY_AUTO;
    const StringArray list(refspecs);
    if (!goOn(m_now))
        return stop;
    const int code = git_remote_fetch(remote, refspecs.isEmpty() ? nullptr : &list.array, &options, nullptr);
    finished(code);
    return code;
}

int Transfer::list(git_remote *remote)
{
    const git_remote_callbacks called = callbacks();
    git_proxy_options proxy = GIT_PROXY_OPTIONS_INIT;
    proxy.type = GIT_PROXY_AUTO;
    if (!goOn(m_now))
        return stop;
    const int code = git_remote_connect(remote, GIT_DIRECTION_FETCH, &called, &proxy, nullptr);
    finished(code);
    return code;
}

git_checkout_options Transfer::checkoutOptions(unsigned int strategy)
{
    git_checkout_options options = GIT_CHECKOUT_OPTIONS_INIT;
    options.checkout_strategy = strategy;
    options.notify_flags = GIT_CHECKOUT_NOTIFY_UPDATED | GIT_CHECKOUT_NOTIFY_CONFLICT;
    options.notify_cb = onCheckout;
    options.notify_payload = this;
    return options;
}

bool Transfer::goOn(const CloneProgress &progress)
{
    return !m_progress || m_progress(progress);
}

void Transfer::finished(int code)
{
    if (code == 0 && m_credential)
        m_credential->approve();
    m_credential.reset();
}

int Transfer::onTransfer(const git_indexer_progress *stats, void *payload)
{
    CloneProgress &now = self(payload)->m_now;
    now.receivedObjects = stats->received_objects;
    now.totalObjects = stats->total_objects;
    now.receivedBytes = static_cast<qint64>(stats->received_bytes);
    return self(payload)->goOn(now) ? 0 : stop;
}

int Transfer::onSideband(const char *, int, void *payload)
{
    return self(payload)->goOn(self(payload)->m_now) ? 0 : stop;
}

int Transfer::onTips(const char *ref, const git_oid *before, const git_oid *after, void *payload)
{
    self(payload)->m_updates.append({QString::fromUtf8(ref), hashText(before), hashText(after), false});
    return 0;
}

int Transfer::onCheckout(git_checkout_notify_t why, const char *path, const git_diff_file *, const git_diff_file *,
                         const git_diff_file *, void *payload)
{
    if (why == GIT_CHECKOUT_NOTIFY_CONFLICT) {
        self(payload)->m_conflicts << QFile::decodeName(path);
        return 0;
    }
    return self(payload)->goOn(self(payload)->m_now) ? 0 : stop;
}

int Transfer::onCertificate(git_cert *, int valid, const char *host, void *)
{
    // The library has looked in known_hosts, or at the chain of certificates. Nobody is asked to wave a host through.
    if (valid)
        return 0;
    const QString words = u"the key or certificate of %1 is not known"_s.arg(QString::fromUtf8(host));
    git_error_set_str(GIT_ERROR_SSH, words.toUtf8().constData());
    return GIT_ECERTIFICATE;
}

int Transfer::onCredentials(git_credential **out, const char *url, const char *user, unsigned int allowed,
                            void *payload)
{
    const QByteArray name = user && *user ? QByteArray(user) : QByteArray("git");
    if (allowed & GIT_CREDENTIAL_SSH_KEY)
        return self(payload)->sshCredential(out, name);
    if (allowed & GIT_CREDENTIAL_USERNAME)
        return git_credential_username_new(out, name.constData());
    if (allowed & GIT_CREDENTIAL_USERPASS_PLAINTEXT)
        return self(payload)->helperCredential(out, QString::fromUtf8(url), QString::fromUtf8(user));
    return GIT_PASSTHROUGH;
}

int Transfer::sshCredential(git_credential **out, const QByteArray &user)
{
    const bool agent = qEnvironmentVariableIsSet("SSH_AUTH_SOCK");
    const qsizetype tried = m_keysTried++;
    if (agent && tried == 0)
        return git_credential_ssh_key_from_agent(out, user.constData());
    const QString key = keyFiles().value(tried - (agent ? 1 : 0));
    if (!key.isEmpty())
        return git_credential_ssh_key_new(out, user.constData(), QFile::encodeName(key + u".pub"_s).constData(),
                                          QFile::encodeName(key).constData(), nullptr);
    git_error_set_str(GIT_ERROR_SSH, agent ? "no key of the SSH agent was accepted"
                                           : "no SSH agent runs (SSH_AUTH_SOCK is not set), and no key was accepted");
    return GIT_EAUTH;
}

int Transfer::helperCredential(git_credential **out, const QString &url, const QString &user)
{
    if (m_credential) { // it was tried and refused
        m_credential->reject();
        m_credential.reset();
        git_error_set_str(GIT_ERROR_HTTP, "the user name and password of git's credential helper were refused");
        return GIT_EAUTH;
    }
    m_credential = HelperCredential::ask(url, user);
    if (!m_credential) {
        git_error_set_str(GIT_ERROR_HTTP, "git's credential helpers know no user name and password for it");
        return GIT_EAUTH;
    }
    return git_credential_userpass_plaintext_new(out, m_credential->userName().constData(),
                                                 m_credential->password().constData());
}

} // namespace kernelyard
