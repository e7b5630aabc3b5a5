// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QList>
#include <QString>
#include <QWidget>

#include <utility>

namespace kernelyard {

/// Names and values, names muted, spread over the width; in as many lines as they need.
class FactLine : public QWidget
{
    Q_OBJECT

public:
    explicit FactLine(QWidget *parent = nullptr);

    void setFacts(const QList<std::pair<QString, QString>> &facts);
    QSize sizeHint() const override;
    QSize minimumSizeHint() const override;
    bool hasHeightForWidth() const override { return true; }
    int heightForWidth(int width) const override;

protected:
    void paintEvent(QPaintEvent *event) override;

private:
    int widthOf(qsizetype index) const;
    /// The index behind the last fact of the line that begins with \a first.
    qsizetype endOfLine(qsizetype first, int width) const;

    QList<std::pair<QString, QString>> m_facts;
};

} // namespace kernelyard
