"""Words for the books of Germany, France and Spain: names, trades and articles, by the Dutch of the catalogue."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Words:
    """What people, companies and streets are called."""

    first_names: tuple[str, ...]
    surnames: tuple[str, ...]
    trades: tuple[str, ...]
    supplies: tuple[str, ...]
    councils: tuple[str, ...]
    places: tuple[str, ...]
    streets: tuple[str, ...]


WORDS: Mapping[str, Words] = {
    "DE": Words(
        first_names=("Lena", "Jonas", "Katrin", "Mehmet", "Stefan", "Julia", "Uwe", "Aylin", "Markus", "Birgit"),
        surnames=("Müller", "Schmidt", "Hoffmann", "Weber", "Krüger", "Lehmann", "Yılmaz", "Vogt", "Brandt", "Nowak",
                  "Schäfer", "Köhler", "Albers", "Peters", "Winkler"),
        trades=("Bäckerei", "Metzgerei", "Autohaus", "Bauunternehmen", "Zahnarztpraxis", "Malerbetrieb", "Gärtnerei"),
        supplies=("Sanitärgroßhandel", "Elektrogroßhandel", "Haustechnik", "Rohrsysteme"),
        councils=("WEG", "Wohnungsgenossenschaft", "Stiftung", "Grundschule"),
        places=("Am Park", "Lindenhof", "Sonnenhang", "Altstadt", "Mühlenviertel"),
        streets=("Hauptstraße", "Bahnhofstraße", "Mühlenweg", "Industriestraße", "Gartenweg", "Schulstraße"),
    ),
    "FR": Words(
        first_names=("Camille", "Julien", "Amélie", "Karim", "Nathalie", "Thierry", "Chloé", "Yann", "Inès", "Bruno"),
        surnames=("Moreau", "Lefebvre", "Garnier", "Rousseau", "Benali", "Chevalier", "Fontaine", "Le Goff", "Marchand",
                  "Perrin", "Diallo", "Girard", "Renaud", "Besson"),
        trades=("Boulangerie", "Boucherie", "Garage", "Cabinet dentaire", "Menuiserie", "Imprimerie", "Pharmacie"),
        supplies=("Distribution sanitaire", "Comptoir électrique", "Négoce technique", "Tubes et raccords"),
        councils=("Copropriété", "Fondation", "École", "Résidence"),
        places=("Les Tilleuls", "Beau Rivage", "Saint-Joseph", "Le Moulin", "Bellevue"),
        streets=("rue de la Gare", "avenue Jean Jaurès", "rue du Moulin", "place du Marché", "rue des Écoles"),
    ),
    "ES": Words(
        first_names=("Lucía", "Javier", "Marta", "Iker", "Carmen", "Sergio", "Nerea", "Pablo", "Rocío", "Andrés"),
        surnames=("Fernández", "García", "Navarro", "Ortega", "Iglesias", "Serrano", "Castillo", "Herrera", "Molina",
                  "Vidal", "Prieto", "Campos", "Ibáñez", "Rubio"),
        trades=("Panadería", "Carnicería", "Talleres", "Clínica dental", "Construcciones", "Imprenta", "Farmacia"),
        supplies=("Suministros Sanitarios", "Almacenes Eléctricos", "Tuberías", "Técnicas"),
        councils=("Comunidad de Propietarios", "Fundación", "Colegio", "Residencia"),
        places=("Los Olivos", "Mirador", "San José", "El Molino", "Buenavista"),
        streets=("Calle Mayor", "Avenida de la Estación", "Calle del Molino", "Plaza del Mercado", "Calle Industria"),
    ),
}  # fmt: skip

_TEXTS = (
    ("Cv-ketels en warmtepompen", "Heizkessel und Wärmepumpen", "Chaudières et pompes à chaleur", "Calderas y bombas"),
    ("Leidingwerk en fittingen", "Rohre und Fittings", "Tubes et raccords", "Tubería y accesorios"),
    ("Sanitair", "Sanitär", "Sanitaire", "Sanitarios"),
    ("Elektra", "Elektro", "Électricité", "Electricidad"),
    ("Ventilatie en klimaat", "Lüftung und Klima", "Ventilation et climatisation", "Ventilación y clima"),
    ("Bevestiging en klein materiaal", "Befestigung und Kleinmaterial", "Fixations et petit matériel", "Fijaciones"),
    ("Arbeid en voorrijden", "Arbeit und Anfahrt", "Main-d'œuvre et déplacement", "Mano de obra y desplazamiento"),
    ("Arbeidsuren monteur", "Monteurstunde", "Heure de technicien", "Hora de técnico"),
    ("Arbeidsuren hoofdmonteur", "Obermonteurstunde", "Heure de chef d'équipe", "Hora de jefe de equipo"),
    ("Arbeidsuren leerling-monteur", "Auszubildendenstunde", "Heure d'apprenti", "Hora de aprendiz"),
    ("Arbeidsuren elektricien", "Elektrikerstunde", "Heure d'électricien", "Hora de electricista"),
    ("Arbeidsuren koeltechnicus", "Kältetechnikerstunde", "Heure de frigoriste", "Hora de frigorista"),
    ("Arbeidsuren avond (150 %)", "Abendstunde (150 %)", "Heure de soirée (150 %)", "Hora de tarde (150 %)"),
    ("Arbeidsuren weekend (200 %)", "Wochenendstunde (200 %)", "Heure de week-end (200 %)", "Hora festiva (200 %)"),
    ("Reisuren", "Fahrstunde", "Heure de trajet", "Hora de viaje"),
    ("Projectleiding", "Projektleitung", "Gestion de projet", "Dirección de proyecto"),
    ("Inspectie en keuring", "Prüfung und Abnahme", "Inspection et contrôle", "Inspección y control"),
    ("Voorrijkosten", "Anfahrtspauschale", "Frais de déplacement", "Desplazamiento"),
    ("Klein materiaal per bezoek", "Kleinmaterial je Besuch", "Petit matériel par visite", "Pequeño material"),
    ("Afvoer oud materiaal", "Entsorgung Altmaterial", "Évacuation du vieux matériel", "Retirada de material"),
    ("Koperen buis", "Kupferrohr", "Tube cuivre", "Tubo de cobre"),
    ("Knelkoppeling recht", "Klemmverschraubung gerade", "Raccord à compression droit", "Racor recto"),
    ("Perskoppeling knie 90°", "Pressbogen 90°", "Coude à sertir 90°", "Codo prensar 90°"),
    ("Perskoppeling T-stuk", "Press-T-Stück", "Té à sertir", "Te de prensar"),
    ("Meerlagenbuis", "Mehrschichtverbundrohr", "Tube multicouche", "Tubo multicapa"),
    ("PVC-afvoerbuis", "PVC-Abflussrohr", "Tube PVC évacuation", "Tubo PVC desagüe"),
    ("Kogelkraan", "Kugelhahn", "Robinet à boisseau", "Válvula de esfera"),
    ("Installatiekabel", "Installationskabel", "Câble d'installation", "Cable de instalación"),
    ("Installatieautomaat", "Leitungsschutzschalter", "Disjoncteur", "Magnetotérmico"),
    ("Aardlekschakelaar", "Fehlerstromschalter", "Interrupteur différentiel", "Diferencial"),
    ("Wandcontactdoos", "Steckdose", "Prise murale", "Toma de corriente"),
    ("Led-paneel", "LED-Panel", "Dalle LED", "Panel LED"),
    ("Cv-ketel", "Heizkessel", "Chaudière", "Caldera"),
    ("Hybride warmtepomp", "Hybridwärmepumpe", "Pompe à chaleur hybride", "Bomba de calor híbrida"),
    ("Expansievat", "Ausdehnungsgefäß", "Vase d'expansion", "Vaso de expansión"),
    ("Circulatiepomp", "Umwälzpumpe", "Circulateur", "Bomba circuladora"),
    ("Radiator", "Heizkörper", "Radiateur", "Radiador"),
    ("Wastafelkraan", "Waschtischarmatur", "Mitigeur lavabo", "Grifo de lavabo"),
    ("Wandcloset", "Wand-WC", "WC suspendu", "Inodoro suspendido"),
    ("Thermostaatkraan douche", "Brausethermostat", "Mitigeur thermostatique douche", "Termostato de ducha"),
    ("Ventilatiebox", "Lüftungsbox", "Caisson de ventilation", "Caja de ventilación"),
    ("Wtw-filterset", "Filtersatz WRG", "Jeu de filtres VMC", "Juego de filtros"),
    ("Airco-binnenunit", "Klima-Innengerät", "Unité intérieure", "Unidad interior"),
    ("Beugel", "Rohrschelle", "Collier", "Abrazadera"),
    ("Plug en schroef", "Dübel und Schraube", "Cheville et vis", "Taco y tornillo"),
    ("Siliconenkit", "Silikon", "Mastic silicone", "Silicona"),
    ("Diversen (zonder btw-code)", "Diverses (ohne Steuerschlüssel)", "Divers (sans code TVA)", "Varios (sin IVA)"),
    ("Hoofdmagazijn", "Hauptlager", "Dépôt principal", "Almacén principal"),
    ("Verkoopboek", "Verkaufsjournal", "Journal des ventes", "Diario de ventas"),
    ("Inkoopboek", "Einkaufsjournal", "Journal des achats", "Diario de compras"),
    ("stuk", "Stk", "pce", "ud"),
    ("doos", "Pack", "boîte", "caja"),
    ("uur", "Std", "h", "h"),
)
_PLACE = {"DE": 1, "FR": 2, "ES": 3}


def say(country: str, dutch: str) -> str:
    """The text in the language of the country's books; Dutch where there is no translation."""
    return _DICTIONARY.get((country, dutch), dutch)


_DICTIONARY = {(country, row[0]): row[place] for country, place in _PLACE.items() for row in _TEXTS}
