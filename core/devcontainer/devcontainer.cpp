// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/devcontainer/devcontainer.h"

#include "core/base/wholefile.h"
#include "core/devcontainer/record.h"
#include "core/fork/address.h"
#include "core/process/run.h"

#include <QCoreApplication>
#include <QCryptographicHash>
#include <QDir>
#include <QFile>
#include <QFileInfo>
#include <QJsonDocument>

#include <algorithm>
#include <cerrno>

using namespace Qt::StringLiterals;
using namespace std::chrono_literals;

namespace kernelyard {
namespace {

constexpr qint64 largestFile = 1 << 20;
constexpr auto configurationName = "devcontainer.json";
constexpr auto overridesName = "devcontainer.local.json";
constexpr auto recordName = ".kernelyard.json";

QString tr(const char *text)
{
    return QCoreApplication::translate("DevContainer", text);
}

Error fileError(const QString &path, const QFileDevice &file)
{
    const int why = errno;
    return why != 0 ? systemError(path, why) : Error{ErrorKind::Failed, path + u": "_s + file.errorString(), {}, {}};
}

/// The bytes of a file of the checkout; none: it is not there. Never through a symbolic link.
Result<std::optional<QByteArray>> readInside(const QString &folder, const QString &name)
{
    const QString path = folder + u'/' + name;
    const QFileInfo info(path);
    if (info.isSymLink() || !isInside(folder, name))
        return Failure(Error{ErrorKind::Conflict,
                             tr("%1 is a symbolic link, or lies behind one.").arg(path),
                             {},
                             tr("Put a file in its place, then try again.")});
    if (!info.exists())
        return std::optional<QByteArray>();
    QFile file(path);
    errno = 0;
    if (!file.open(QIODevice::ReadOnly))
        return Failure(fileError(path, file));
    if (file.size() > largestFile)
        return Failure(Error{ErrorKind::Invalid, tr("%1 is too large to be read.").arg(path), {}, {}});
    return std::optional(file.readAll());
}

/// One place where a dev container may lie, with what lies there.
struct Place
{
    QString relative; ///< .devcontainer
    std::optional<QByteArray> configuration;
    std::optional<DevContainerRecord> record;
    bool isForeign = false; ///< it defines another container
};

bool definesContainer(const QJsonObject &object)
{
    for (const auto &key : {u"image"_s, u"build"_s, u"dockerFile"_s, u"dockerComposeFile"_s})
        if (object.contains(key))
            return true;
    return false;
}

Result<Place> readPlace(const QString &folder, const QString &relative, const QString &environment)
{
    Place place{relative, {}, {}, false};
    const auto configuration = readInside(folder, relative + u'/' + QLatin1StringView(configurationName));
    if (!configuration)
        return Failure(configuration.error());
    place.configuration = *configuration;
    const auto record = readInside(folder, relative + u'/' + QLatin1StringView(recordName));
    if (!record)
        return Failure(record.error());
    if (*record)
        place.record = DevContainerRecord::fromJson(**record);
    if (place.record) {
        place.isForeign = place.record->environment != environment;
        return place;
    }
    for (const char *name : {"Dockerfile", postCreateName})
        place.isForeign |= QFileInfo::exists(folder + u'/' + relative + u'/' + QLatin1StringView(name));
    if (place.configuration && !place.isForeign)
        if (const auto json = CommentedJson::parse(*place.configuration, folder + u'/' + relative))
            place.isForeign = definesContainer(json->object());
    return place;
}

Result<Place> choosePlace(const DevContainerRequest &request, QStringList *notes)
{
    const QString &folder = request.folder;
    const QString &name = request.environment.name;
    auto first = readPlace(folder, u".devcontainer"_s, name);
    if (!first)
        return first;
    auto second = readPlace(folder, u".devcontainer/"_s + name, name);
    if (!second)
        return second;
    if (second->record && !second->isForeign)
        return second;
    const bool hasRootFile = QFileInfo::exists(folder + u"/.devcontainer.json"_s);
    if (!first->isForeign && (first->record || !hasRootFile))
        return first;
    if (second->isForeign)
        return Failure(Error{ErrorKind::Conflict,
                             tr("%1/%2 is the dev container of something else.").arg(folder, second->relative),
                             {},
                             tr("Rename that folder, then try again.")});
    notes->append(
        tr("%1 is of another container and stays as it is. This one goes to %2; tools ask which of them to open.")
            .arg(hasRootFile ? u".devcontainer.json"_s : first->relative, second->relative));
    return second;
}

QByteArray hashOf(const QByteArray &bytes)
{
    return QCryptographicHash::hash(bytes, QCryptographicHash::Sha256).toHex();
}

/// The reading of one checkout's dev container, and what it will be.
class Planning
{
public:
    Planning(const DevContainerRequest &request, const Paths &paths)
        : m_request(request)
        , m_paths(paths)
    {}

    Result<DevContainerChange> plan();

private:
    Result<void> planConfiguration();
    Result<void> planOther(const char *name, const QByteArray &text);
    Result<void> planExclusion();
    void add(const QString &name, const std::optional<QByteArray> &before, const QByteArray &after,
             bool isRecord = false);

    const DevContainerRequest &m_request;
    const Paths &m_paths;
    Place m_place;
    DevContainerRecord m_last, m_next;
    DevContainerChange m_change;
};

Result<DevContainerChange> Planning::plan()
{
    m_change.folder = m_request.folder;
    if (!QFileInfo(m_request.folder).isDir())
        return Failure(Error{ErrorKind::NotFound,
                             tr("There is no checkout in %1.").arg(m_request.folder),
                             {},
                             tr("Clone it first: kernelyardctl fork ensure %1").arg(m_request.environment.name)});
    const auto place = choosePlace(m_request, &m_change.notes);
    if (!place)
        return Failure(place.error());
    m_place = *place;
    m_last = m_place.record.value_or(DevContainerRecord());
    m_next.environment = m_request.environment.name;

    QFile script(m_paths.shipped + u"/resources/devcontainer/"_s + QLatin1StringView(postCreateName));
    errno = 0;
    if (!script.open(QIODevice::ReadOnly))
        return Failure(fileError(script.fileName(), script));
    const auto dockerfile = devContainerDockerfile(m_request);
    if (!dockerfile)
        return Failure(dockerfile.error());
    for (const auto &planned : {planConfiguration(), planOther("Dockerfile", *dockerfile),
                                planOther(postCreateName, script.readAll()), planExclusion()})
        if (!planned)
            return Failure(planned.error());
    const QString recordFile = m_place.relative + u'/' + QLatin1StringView(recordName);
    const auto before = readInside(m_request.folder, recordFile);
    if (!before)
        return Failure(before.error());
    add(recordFile, *before, m_next.toJson(), true);
    if (m_change.files.size() == 1 && m_change.files.first().isRecord && m_place.record &&
        m_place.record->isSameAs(m_next))
        m_change.files.clear();
    return m_change;
}

void Planning::add(const QString &name, const std::optional<QByteArray> &before, const QByteArray &after, bool isRecord)
{
    if (!before || *before != after)
        m_change.files.append({name, before, after, isRecord});
}

Result<void> Planning::planConfiguration()
{
    const QString name = m_place.relative + u'/' + QLatin1StringView(configurationName);
    m_change.configuration = name;
    auto configuration = devContainerConfiguration(m_request, m_place.relative);
    if (!configuration)
        return Failure(configuration.error());
    const QString localName = m_place.relative + u'/' + QLatin1StringView(overridesName);
    const auto local = readInside(m_request.folder, localName);
    if (!local)
        return Failure(local.error());
    QList<QStringList> forced;
    if (const std::optional<QByteArray> &text = *local) {
        const auto overrides = CommentedJson::parse(*text, m_request.folder + u'/' + localName);
        if (!overrides)
            return Failure(overrides.error());
        forced = overrides->leaves();
        forced.removeAll(QStringList());
        configuration = withOverrides(*configuration, *overrides);
        m_change.notes.append(tr("%1 is merged in: %2.").arg(localName, [&forced] {
            QStringList names;
            for (const QStringList &path : forced)
                names << path.join(u'.');
            return names.join(u", "_s);
        }()));
    }
    CommentedJson existing;
    if (m_place.configuration) {
        const auto read = CommentedJson::parse(*m_place.configuration, m_request.folder + u'/' + name);
        if (!read)
            return Failure(read.error());
        existing = *read;
    }
    // Without a file nothing was taken out of it by hand.
    const auto before = m_place.configuration ? m_last.configuration : Configuration();
    MergedConfiguration merged = mergeConfiguration(existing, before, *configuration, forced);
    if (!m_place.configuration)
        merged.json.setHead(tr("Kernelyard's environment %1 as a dev container (containers.dev), made by:\n"
                               "kernelyardctl devcontainer write %1\n"
                               "What you change or add here stays when it is written again.\n"
                               "Overrides that are yours alone go to %2.")
                                .arg(m_request.environment.name, QLatin1StringView(overridesName)));
    m_next.configuration = *configuration;
    m_change.kept = merged.kept;
    m_change.json = merged.json.toUtf8();
    if (const QString command = hostCommandOf(merged.json.object()); !command.isEmpty())
        m_change.warnings.append(
            tr("It runs a command on this machine itself, outside of the container: %1").arg(command));
    add(name, m_place.configuration, m_change.json);
    return {};
}

/// A generated file that the user may have made their own.
Result<void> Planning::planOther(const char *fileName, const QByteArray &text)
{
    const QString name = m_place.relative + u'/' + QLatin1StringView(fileName);
    const auto before = readInside(m_request.folder, name);
    if (!before)
        return Failure(before.error());
    const QString key = QString::fromLatin1(fileName);
    const QByteArray written = m_last.files.value(key);
    m_next.files.insert(key, hashOf(text));
    const std::optional<QByteArray> &old = *before;
    if (!old || hashOf(*old) == written || *old == text) {
        add(name, old, text);
        return {};
    }
    if (written == hashOf(text))
        return {}; // theirs since the last time, and nothing new to tell
    const QString beside = name + u".new"_s;
    const auto other = readInside(m_request.folder, beside);
    if (!other)
        return Failure(other.error());
    m_change.notes.append(tr("%1 has changes of your own and stays; the new one goes to %2.").arg(name, beside));
    add(beside, *other, text);
    return {};
}

/// Keeps the folder out of `git status`, by the checkout's own list, where it is not part of the repository.
Result<void> Planning::planExclusion()
{
    const QString &folder = m_request.folder;
    if (!QFileInfo(folder + u"/.git"_s).isDir())
        return {};
    const auto git = [&folder](const QStringList &words) {
        return run({u"git"_s, QStringList{u"-C"_s, folder} + words, {}, {}}, 20s);
    };
    const auto tracked = git({u"ls-files"_s, u"--"_s, u".devcontainer"_s});
    if (!tracked || tracked->exitCode != 0 || !tracked->out.isEmpty())
        return {}; // without git it just shows as new
    const auto ignored = git({u"check-ignore"_s, u"--quiet"_s, u"--"_s, m_change.configuration});
    if (!ignored || ignored->exitCode != 1)
        return {};
    const QString path = folder + u"/.git/info/exclude"_s;
    if (QFileInfo(folder + u"/.git/info"_s).isSymLink() || QFileInfo(path).isSymLink())
        return {};
    QFile file(path);
    std::optional<QByteArray> before;
    if (file.open(QIODevice::ReadOnly))
        before = file.readAll();
    QByteArray after = before.value_or(QByteArray());
    if (!after.isEmpty() && !after.endsWith('\n'))
        after += '\n';
    add(u".git/info/exclude"_s, before, after + "/.devcontainer/\n");
    return {};
}

} // namespace

QList<DiffLine> DevContainerChange::diff() const
{
    QList<DiffLine> lines;
    for (const DevContainerFile &file : files)
        if (!file.isRecord)
            lines += file.diff();
    return lines;
}

Result<DevContainerChange> planDevContainer(const DevContainerRequest &request, const Paths &paths)
{
    return Planning(request, paths).plan();
}

Result<void> writeDevContainer(const DevContainerChange &change)
{
    const auto path = [&change](const DevContainerFile &file) { return QString(change.folder + u'/' + file.name); };
    const auto current = [&](const DevContainerFile &file) -> Result<std::optional<QByteArray>> {
        if (!file.name.startsWith(u".git/"))
            return readInside(change.folder, file.name);
        QFile git(path(file));
        return git.open(QIODevice::ReadOnly) ? std::optional(git.readAll()) : std::optional<QByteArray>();
    };
    for (const DevContainerFile &file : change.files) {
        const auto now = current(file);
        if (!now)
            return Failure(now.error());
        if (*now != file.before)
            return Failure(Error{ErrorKind::Conflict,
                                 tr("%1 was changed meanwhile.").arg(path(file)),
                                 {},
                                 tr("Nothing was written; look at the difference again.")});
    }
    for (const DevContainerFile &file : change.files) {
        errno = 0;
        if (!QDir().mkpath(QFileInfo(path(file)).path()))
            return Failure(systemError(QFileInfo(path(file)).path(), errno != 0 ? errno : EACCES));
        QSaveFile saved(path(file));
        errno = 0;
        if (!saved.open(QIODevice::WriteOnly) || saved.write(file.after) != file.after.size())
            return Failure(fileError(path(file), saved));
        if (file.name.endsWith(QLatin1StringView(postCreateName)))
            saved.setPermissions(saved.permissions() | QFile::ExeOwner | QFile::ExeGroup | QFile::ExeOther);
        if (!commitWhole(saved))
            return Failure(fileError(path(file), saved));
    }
    return {};
}

QString writtenConfiguration(const QString &folder, const QString &environment)
{
    for (const QString &relative : {u".devcontainer"_s, QString(u".devcontainer/"_s + environment)}) {
        const auto place = readPlace(folder, relative, environment);
        if (place && place->record && !place->isForeign && place->configuration)
            return relative + u'/' + QLatin1StringView(configurationName);
    }
    return {};
}

Result<QJsonObject> readConfiguration(const QString &path)
{
    QFile file(path);
    errno = 0;
    if (!file.open(QIODevice::ReadOnly))
        return Failure(fileError(path, file));
    const auto json = CommentedJson::parse(file.read(largestFile), path);
    return json ? Result<QJsonObject>(json->object()) : Result<QJsonObject>(Failure(json.error()));
}

QString hostCommandOf(const QJsonObject &configuration)
{
    const QJsonValue command = configuration.value(u"initializeCommand"_s);
    if (command.isUndefined() || command.isNull())
        return {};
    if (command.isString())
        return command.toString();
    const QByteArray json = QJsonDocument(QJsonArray{command}).toJson(QJsonDocument::Compact);
    return QString::fromUtf8(json.mid(1, json.size() - 2));
}

QString sentenceOf(const KeptValue &kept)
{
    const auto text = [](const QJsonValue &value) {
        const QByteArray json = QJsonDocument(QJsonArray{value}).toJson(QJsonDocument::Compact);
        return QString::fromUtf8(json.mid(1, json.size() - 2));
    };
    const QString name = kept.path.join(u'.');
    if (kept.users.isUndefined())
        return tr("%1 stays away, as you took it out; it would be %2.").arg(name, text(kept.ours));
    if (kept.ours.isUndefined())
        return tr("%1 stays %2, as you have it; it is needed no more.").arg(name, text(kept.users));
    return tr("%1 stays %2, as you have it; it would be %3.").arg(name, text(kept.users), text(kept.ours));
}

} // namespace kernelyard
