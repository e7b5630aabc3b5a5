// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/gpu/architecture.h"

#include <QCoreApplication>
#include <QFile>
#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>

#include <compare>

using namespace Qt::StringLiterals;

namespace kernelyard {

Version::Version(QStringView text)
{
    for (const QStringView part : text.split(u'.')) {
        qsizetype digits = 0;
        while (digits < part.size() && part[digits].isDigit() && digits < 9)
            ++digits;
        if (digits == 0)
            break;
        m_parts << part.first(digits).toInt();
        if (!m_text.isEmpty())
            m_text += u'.';
        m_text += part.first(digits);
        if (digits < part.size())
            break;
    }
}

std::strong_ordering operator<=>(const Version &one, const Version &other)
{
    for (qsizetype i = 0; i < qMax(one.m_parts.size(), other.m_parts.size()); ++i)
        if (const auto order = one.m_parts.value(i) <=> other.m_parts.value(i); std::is_neq(order))
            return order;
    return std::strong_ordering::equal;
}

QString GpuArchitecture::sm() const
{
    QString digits = capability;
    return u"sm_"_s + digits.remove(u'.');
}

static QStringList texts(const QJsonValue &value)
{
    QStringList list;
    for (const QJsonValue item : value.toArray())
        list << item.toString();
    return list;
}

Result<ArchitectureTable> ArchitectureTable::read(const QString &shippedFolder)
{
    QFile file(shippedFolder + u"/resources/gpu/architectures.json"_s);
    QJsonParseError problem;
    QJsonDocument document;
    if (file.open(QIODevice::ReadOnly))
        document = QJsonDocument::fromJson(file.readAll(), &problem);
    ArchitectureTable table;
    for (const QJsonValue value : document.object().value("architectures"_L1).toArray()) {
        const QJsonObject row = value.toObject();
        table.m_rows << GpuArchitecture{row.value("capability"_L1).toString(), row.value("name"_L1).toString(),
                                        texts(row.value("examples"_L1)), row.value("cudaFirst"_L1).toString(),
                                        row.value("cudaLast"_L1).toString()};
    }
    if (table.m_rows.isEmpty())
        return Failure(Error{
            ErrorKind::Invalid,
            QCoreApplication::translate("Gpu", "The table of GPU architectures %1 can't be read.").arg(file.fileName()),
            file.isOpen() ? problem.errorString() : file.errorString(),
            QCoreApplication::translate("Gpu", "Install Kernelyard again.")});
    return table;
}

const GpuArchitecture *ArchitectureTable::find(const QString &capability) const
{
    for (const GpuArchitecture &row : m_rows)
        if (row.capability == capability)
            return &row;
    return nullptr;
}

} // namespace kernelyard
