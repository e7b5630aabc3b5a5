// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/ctl/console.h"

#include <QList>

#include <chrono>
#include <optional>

namespace kernelyard::ctl {

struct Cell
{
    QString text;
    Style style = Style::Plain;
    bool right = false; ///< numbers
};

/// Rows in aligned columns, two spaces apart, for people; scripts take --json.
class Table
{
public:
    explicit Table(const QStringList &head);
    void add(const QList<Cell> &row) { m_rows << row; }
    bool isEmpty() const { return m_rows.isEmpty(); }
    void print(Console &console, Channel channel = Channel::Out, const QString &indent = {}) const;

private:
    QList<Cell> m_head;
    QList<QList<Cell>> m_rows;
};

QString durationText(std::chrono::microseconds duration); ///< "0.4 s", "12.3 s", "4 min 05 s", "2 h 05 min"
QString sizeText(qint64 bytes);                           ///< "812 B", "61.4 MB", "1.21 GB": powers of 1000
double secondsOf(std::chrono::microseconds duration);

/// " Did you mean …?" when one of \a known is near \a wrong; empty otherwise.
QString suggestion(const QString &wrong, const QStringList &known);

} // namespace kernelyard::ctl
