// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/preflight/compatibility.h"

#include <QCoreApplication>
#include <QFile>
#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>
#include <QRegularExpression>

#include <algorithm>

using namespace Qt::StringLiterals;

namespace kernelyard {
namespace {

QString tr(const char *text)
{
    return QCoreApplication::translate("Preflight", text);
}

Version version(const QJsonObject &row, QLatin1StringView key)
{
    return Version(row.value(key).toString());
}

Result<QJsonObject> table(const QString &shippedFolder, const QString &name)
{
    QFile file(shippedFolder + u"/resources/preflight/"_s + name);
    QJsonParseError problem;
    QJsonDocument document;
    if (file.open(QIODevice::ReadOnly))
        document = QJsonDocument::fromJson(file.readAll(), &problem);
    const QJsonObject object = document.object();
    if (!object.value("source"_L1).toString().isEmpty() && !object.value("date"_L1).toString().isEmpty())
        return object;
    return Failure(Error{ErrorKind::Invalid, tr("The table %1 can't be read.").arg(file.fileName()),
                         file.isOpen() ? problem.errorString() : file.errorString(), tr("Install Kernelyard again.")});
}

/// "8.0:11.7 9.0:11.8"
QList<PackageTarget> targetsOf(const QString &text)
{
    QList<PackageTarget> targets;
    for (const QString &word : text.split(u' ', Qt::SkipEmptyParts))
        targets << PackageTarget{Version(word.section(u':', 0, 0)), Version(word.section(u':', 1))};
    return targets;
}

PackageRow packageRow(const QJsonObject &row)
{
    return {row.value("package"_L1).toString(), row.value("version"_L1).toString(),
            version(row, "torch"_L1),           row.value("torch"_L1).toString().endsWith(u'+'),
            version(row, "torchLast"_L1),       version(row, "pythonFirst"_L1),
            version(row, "leastCapability"_L1), targetsOf(row.value("builds"_L1).toString()),
            row.value("exactly"_L1).toBool()};
}

bool sameMinor(const Version &one, const Version &other)
{
    return majorMinor(one) == majorMinor(other);
}

NeedsRow needsRow(const QJsonObject &row)
{
    return {row.value("package"_L1).toString(),
            version(row, "last"_L1),
            row.value("nvccThreads"_L1).toInt(1),
            static_cast<qint64>(row.value("memoryPerThreadGiB"_L1).toDouble() * (1LL << 30)),
            row.value("unsetJobs"_L1).toInt(),
            row.value("jobsByMemory"_L1).toBool()};
}

DiskNeed diskNeed(const QJsonObject &row)
{
    constexpr qint64 gb = 1'000'000'000;
    return {row.value("all"_L1).toInteger() * gb, row.value("layer"_L1).toInteger() * gb};
}

} // namespace

Result<CompatibilityTables> CompatibilityTables::read(const QString &shippedFolder)
{
    const Result<QJsonObject> cuda = table(shippedFolder, u"cuda.json"_s);
    const Result<QJsonObject> torch = table(shippedFolder, u"torch.json"_s);
    const Result<QJsonObject> systems = table(shippedFolder, u"systems.json"_s);
    const Result<QJsonObject> packages = table(shippedFolder, u"packages.json"_s);
    const Result<QJsonObject> needs = table(shippedFolder, u"needs.json"_s);
    Result<ArchitectureTable> architectures = ArchitectureTable::read(shippedFolder);
    for (const Result<QJsonObject> *one : {&cuda, &torch, &packages, &systems, &needs})
        if (!*one)
            return Failure(one->error());
    if (!architectures)
        return Failure(architectures.error());
    CompatibilityTables tables;
    tables.architectures = std::move(*architectures);
    for (const QJsonValue value : cuda->value("toolkits"_L1).toArray()) {
        const QJsonObject row = value.toObject();
        tables.toolkits << ToolkitRow{version(row, "cuda"_L1), version(row, "driver"_L1),
                                      version(row, "leastDriver"_L1), row.value("gcc"_L1).toInt()};
    }
    for (const QJsonValue value : torch->value("releases"_L1).toArray()) {
        const QJsonObject row = value.toObject();
        TorchRow release{version(row, "torch"_L1), version(row, "pythonFirst"_L1), version(row, "pythonLast"_L1), {}};
        for (const QJsonValue entry : row.value("wheels"_L1).toArray()) {
            const QJsonObject wheel = entry.toObject();
            release.wheels << TorchWheel{wheel.value("cuda"_L1).toString(), version(wheel, "glibc"_L1),
                                         wheel.value("capabilities"_L1).toString().split(u' ', Qt::SkipEmptyParts)};
        }
        tables.torch << release;
    }
    for (const QJsonValue value : packages->value("packages"_L1).toArray()) {
        const QJsonObject row = value.toObject();
        tables.packages << packageRow(row);
    }
    const QJsonObject names = packages->value("names"_L1).toObject();
    for (auto name = names.begin(); name != names.end(); ++name)
        tables.packageNames.insert(name.key(), name.value().toString());
    for (const QJsonValue value : systems->value("systems"_L1).toArray()) {
        const QJsonObject row = value.toObject();
        tables.systems << SystemRow{row.value("name"_L1).toString(), version(row, "glibc"_L1),
                                    version(row, "python"_L1), row.value("gcc"_L1).toInt()};
    }
    for (const QJsonValue value : needs->value("compiling"_L1).toArray())
        tables.needs << needsRow(value.toObject());
    tables.memoryWithoutCuda = static_cast<qint64>(needs->value("memoryWithoutCudaGiB"_L1).toDouble() * (1LL << 30));
    const QJsonObject disk = needs->value("diskGB"_L1).toObject();
    tables.diskWithCuda = diskNeed(disk.value("cuda"_L1).toObject());
    tables.diskWithout = diskNeed(disk.value("plain"_L1).toObject());
    const QList<std::pair<QString, const QJsonObject *>> files{
        {u"cuda"_s, &*cuda}, {u"torch"_s, &*torch}, {u"packages"_s, &*packages}, {u"needs"_s, &*needs}};
    for (const auto &[name, file] : files)
        tables.notes.insert(name, {file->value("source"_L1).toString(), file->value("date"_L1).toString()});
    return tables;
}

const ToolkitRow *CompatibilityTables::toolkit(const Version &cuda) const
{
    for (const ToolkitRow &row : toolkits)
        if (sameMinor(row.cuda, cuda))
            return &row;
    return nullptr;
}

const TorchRow *CompatibilityTables::release(const Version &wanted) const
{
    for (const TorchRow &row : torch)
        if (sameMinor(row.torch, wanted))
            return &row;
    return nullptr;
}

const TorchWheel *TorchRow::wheel(const QString &cudaTag) const
{
    for (const TorchWheel &one : wheels)
        if (one.cudaTag == cudaTag)
            return &one;
    return nullptr;
}

QStringList TorchRow::cudaTags() const
{
    QStringList tags;
    for (const TorchWheel &one : wheels)
        tags << one.cudaTag;
    return tags;
}

const PackageTarget *PackageRow::target(const Version &capability) const
{
    const PackageTarget *best = nullptr;
    for (const PackageTarget &one : targets) {
        const bool fits = exactly ? one.capability == capability : isCovered({one.capability.text()}, capability);
        if (fits && (!best || one.cuda < best->cuda))
            best = &one;
    }
    return best;
}

/// PEP 503's normal form, then the package's own name where that is another one.
QString CompatibilityTables::packageName(const QString &name) const
{
    static const QRegularExpression separators(u"[-_.]+"_s);
    const QString normal = QString(name).replace(separators, u"-"_s).toLower();
    return packageNames.value(normal, normal);
}

const PackageRow *CompatibilityTables::package(const QString &name, const QString &version) const
{
    const QString own = packageName(name);
    for (const PackageRow &row : packages)
        if (row.package == own && row.version == version)
            return &row;
    return nullptr;
}

const PackageRow *CompatibilityTables::newest(const QString &package) const
{
    const QString own = packageName(package);
    const PackageRow *last = nullptr;
    for (const PackageRow &row : packages)
        if (row.package == own)
            last = &row;
    return last;
}

const PackageRow *CompatibilityTables::nearest(const QString &name, const QString &version) const
{
    const QString own = packageName(name);
    const PackageRow *found = nullptr;
    for (const PackageRow &row : packages)
        if (row.package == own && Version(row.version) <= Version(version))
            found = &row;
    return found;
}

NeedsRow CompatibilityTables::needsOf(const QString &package, const QString &version) const
{
    const QString own = packageName(package);
    for (const NeedsRow &row : needs)
        if (row.package == own && (row.last.isNull() || (!version.isEmpty() && Version(version) <= row.last)))
            return row;
    return needs.isEmpty() ? NeedsRow() : needs.last();
}

const SystemRow *CompatibilityTables::systemOf(const QString &image) const
{
    for (const SystemRow &row : systems)
        if (image.contains(row.name))
            return &row;
    return nullptr;
}

QString plainCapability(QString word)
{
    word.remove("+PTX"_L1);
    while (!word.isEmpty() && word.back().isLetter())
        word.chop(1);
    return word;
}

Version majorMinor(const Version &version)
{
    return Version(version.text().section(u'.', 0, 1));
}

bool isCovered(const QStringList &built, const Version &gpu)
{
    return std::any_of(built.cbegin(), built.cend(), [&gpu](QString word) {
        const Version own(plainCapability(word));
        const bool hasPtx = word.endsWith("+PTX"_L1);
        word.remove("+PTX"_L1);
        if (word.endsWith(u'a'))
            return gpu == own;
        return gpu >= own && (gpu.major() == own.major() || (hasPtx && !word.endsWith(u'f')));
    });
}

} // namespace kernelyard
