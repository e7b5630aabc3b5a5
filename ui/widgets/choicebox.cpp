// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/widgets/choicebox.h"

#include <QSignalBlocker>

namespace kernelyard {

ChoiceBox::ChoiceBox(const QString &accessibleName, QWidget *parent)
    : QComboBox(parent)
{
    setAccessibleName(accessibleName);
    setSizeAdjustPolicy(AdjustToContents);
}

void ChoiceBox::setChoices(const QList<Choice> &choices, const QVariant &chosen)
{
    bool isSame = count() == choices.size(); // a list that is open keeps its place
    for (int i = 0; isSame && i < count(); ++i)
        isSame = itemText(i) == choices[i].text && itemData(i) == choices[i].value;
    {
        const QSignalBlocker quiet(this);
        if (!isSame) {
            clear();
            for (const Choice &choice : choices)
                addItem(choice.text, choice.value);
        }
        setCurrentIndex(std::max(0, findData(chosen)));
    }
    setVisible(count() > 0);
}

void ChoiceBox::setChoices(const QStringList &texts)
{
    QList<Choice> choices;
    for (const QString &text : texts)
        choices.append({text, text});
    setChoices(choices, currentText());
}

} // namespace kernelyard
