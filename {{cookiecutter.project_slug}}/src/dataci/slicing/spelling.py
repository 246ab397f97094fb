"""Texts with a misspelt word: the common misspellings of a list, and a few slips that no English word has."""

from __future__ import annotations

from collections.abc import Iterable

import polars as pl

from dataci.slicing.mentions import mentions

# Each is what people often write and is no word itself, neither in British nor in American English.
WORDS = """
abcense abilty abotu abscence absense acceptible acces accesible accessable accidant accidently accomadate
accomadation accomodate accomodation accomplishement accross accurrate acheive acheived acheivement acknowlege
acommodate acording acount acquaintence acqueduct acquited acter acustomed adress adressed adresses
advertisment adviced affadavit agian agression agressive agressively ahve alchohol allign alligned allignment
allmost alltogether allways alot alowed alreayd alterated alteraton alteratons amature ambigous ammount amoung
analyis anaylsis anbody angery aniversary aniversery annoint anohter anonymus ansewr ansewred anual anually
anwser anwsered anythng apartement apartmnet apear apeared aplication aplied aply apointment apointments
apolagise apologie apparant apparantly appart appartment appartments appearence applicaton appologise
appologize appontment appreciat appreicate aproach aproaching apropriate aproximate aproximately aquaintance
aquire aquired arange aranged arangement argubly arguement arguements arival arive arived artical articel aslo
asociation assasin assasinate assesment assitance assitant assited athority attatch attatched attemp
attendence attension attourney attroney availabe availabel availabilty availible avalable avaliable averge
awfull awsome bakground ballance baloon bannana barbaque basicly batery bathrom bautiful beacuse beatiful
beautful beautifull becasue becaus becomming becuase bedrom bedrooom beeing befor begginer begginers
begginning beginer beginers begining beleif beleive beleived beleives belive benefical benifit benifits beteen
betwen bicyle bizzare blcok boddy boook breackfast breakfest brekfast brilliantt broccolli brocken brocolli
brokn budjet buget buisness buisnesses bulding buldings burgler busines bussiness butifull bycicle calander
calulate camoflage cancle cancled candidat carefull carefuly carpentar carpentary carrer catagory cateogry
catergory ceilling celebrat cemetary certian certianly certifcate certificat challange changable changeing
charachter charecter cheif chidren childern choise chrismas churh cieling cilinder cleaing cleanning clinet
clohtes clothese coffe coleague coleagues collegue collegues collum comision comission comittee commerical
comming commited commitee comparision comparsion compatability compatable competance compleate completley
completly complicatd computre concensus concieve concious conciousness condidtion conection confortable
congradulate congratualtions consious constuction consultent contian continous continously contorl contractar
controled controll conveniant convienent convinient coordiante copyrite corection correclty coudl cought
couldnt counceling councelling counsler coutry criticsm cubboard cubboards cuople curency curiousity curretly
custmer custmers customor damge dangerouse daugher daugter deafult decison decoratons definately definatly
definetly definitley definitly delievery deliverd deliverey demenshia dementhia desciption descision desicion
desparate develoment develope developement devide diabeets diabetis diarhea didnt diferent diffcult diffrence
diffrent dificult dilema dirvers disapear disapeared disapoint disapointed disapointment disatisfied
discription disipline doctar docter docters documant documets doesnt doign donig dont dosent drivng drvier
duing duplicat durring eally earlyer easely ecelctic educaton effeciency efficent eigth elctrical electical
electricain electrican electrision electrition elefant elegible elementry eligable elimate embarass embarassed
embarassing embarras embasy emergancy emergencey eminant emplyee emplyer enbarrassed encorage enought
enterprenuer entertainement enthousiastic enviroment enviromental equiped equipement equipt erally esay esays
esential especialy essencial establishement estimat everbody everthing everyting evning exagerate excede
excelent excellant excercise excercises excersise exellent exemple exercize exersise exhorbitant exibition
existance existant expaln expeced expecially expeirence expence expences expensve experiance experianced
experiances experince experinced expierence explaination explanaton explane extened extention extreem extremly
exzema facilites faliure familar familes familiy famliy fariy fasinate favorit favourit febuary feild feilds
feminin fianlly fierey fifht finacial finaly financal finanical finsh firend firends fisrt fitnes florescent
flourescent folow folowing forein foreing foriegn foriegner formaly fortunatly forwrad fourty freightend
freind freindly freinds frequentl frezer fromt fulfiled fullfil fullfill funcion functon fundamant furnitue
furnitur furthur futher gallary garantee garanteed garauntee garbege genarally generaly geting gitar
glamourous goegraphy goverment govermental governement gradualy grafic grammer greatful greif guage guarante
guaratee guarentee guarenteed guidence guitare gurantee halarious handeling hankerchief happend happends
happenned happyness harasment harrass harrassment haveing havent headach healthly heigth helpfull helpfuly
hieght higest hinderance histroy hollday holliday hollidays honary hopefuly hosital hospitial hospitol
houseing houshold howver hsopital humerous hurridly husban hygeine hygine hypocracy identicle ignorence
illegaly imediate imediately imidiate immediatley immediatly imortant imporant impossable improvment incase
incidently incldue inconvient increadible incredable indefinately indepedent independance independant
indespensable infomation infomed informaton ingrediant inital initally innoculate inocent inquirey instalation
instaled instaler instaling insted instrment insurence inteligence inteligent intellegent intenational
interier internaly internt interpretor intersting interveiw intrest intrested intresting introducion inviation
irelevant irresistable irritible isnt issueing itinery itnerested jalous jewelery jewlery journy judgeing
judical keybord kichen kindergarden kitchin kitcken knoledge knowlege knowlegeable labratory laguage laguages
landscapeing langauge langauges languag lauch laundrey lazer leagal lenght lerning lesure liason libary
libraray lieing liesure lightnig likelyhood limosine litature literture litle liveing lokking lonley lookng
luggege luxary maintainance maintainence maintanance maintance maintenence makeing managable managment
manangement maried marrage mathamatics mathmatics meaninful mechanik medcine medecin medecine medicin
medicince medival memeber memebers menue mesage mesages messanger milennium millenial millenials millenium
millionare minature miniumum minumum minuts mischevious misile mision mispell mispelled mispelt misspeling
mistery moeny monastary morgage morgages mornig mornng mountian moveing muscel muscels musican musisian mystry
naturaly nautral necassary neccesary neccesity neccessary necesary necessarly neice neigbor neigborhood
neigbour neigbours neighbourhod nessecary nessesary newletter nieghbor nieghbour nighbour nineth ninty noone
noticable noticeing nucular nuisence obediance obsticle obvius ocasion ocasional ocasionally ocassion occaison
occassion occassional occassionally occassions occour occured occurence occurences occuring occurr ocurred
ofen offical officaly ofice oficial omision omited ommit oportunity oposite opperation oppertunity opportunty
optition orchestera organistion organiztion organsation orginal orginally origional orignal outragous overide
overun oweing pacakge packge paied painfull pamplet paralel paralell parantheses parlament parliment partical
particulary particuler passanger passtime patern patiant patiants peform peformance peice peices penant
penninsula perfom performence perhpas peripheal permanant permenant permenent permision permited persciption
perscription persistant persn personel personell perticular phamacy pharamcy pharmacie pharmasist phenomonon
philipines photgraph photografer photografy photograpy phsyical physcial physicaly physican pichure picnicing
piller plannig plase pleae pleasent pleese plesant plumbr poeple politican politly popularr portugese posess
posession posibility posible posibly postion potatos potrait potraits practial practicly preceed preceeding
predjudice preferance prefered prefering preformance pregnent prepair prepairing presance presense prespective
presure privelege privilage priviledge priviledges probabaly probaly probelm probelms problm probly proccess
profesion profesional profesionally profesionals profesor professer professionel profficient progres promiss
promt pronounciation prooved propery propogate psycology publically publicaly pumkin purchace pursuade puting
quailty qualifed qualifyed quanity quater quaterly quesiton questionaire questionnair questoin quiting quizes
radiater rasberry realiy realy reapir reccomend reccommend recepient reciept reciepts recieve recieved
reciever recieves recieving recomend recomendation recomended recomends recommand recuring rediculous referal
referance refered refering reffered refrence refridgerator regester registar registerd registred regulary
rehersal rehersals reknown relativly releif releive relevent reliabe relible religous rember remeber rememberd
remembr reminent removeing renewel rennovate rentle repare reparing repatition repitition representitive
resaurant reserch resistence resoruce resourse respit responce responcible responsability responsable
responsibilty restarant restaraunt restaurent resturant resturaunt retreive retrive returnd revelant rewiev
roomate rooom rought runing rutine rythm sacrafice safty sandwhich sandwhiches sandwitch satelite satelites
saterday satisfactary saturay saught scedule sceduled schedual scheduel schedul scholl scohol scool scrach
seamtress secand secceed secratary secretery seeked seige seince seldomly senario sensable sentance sentances
sepcial seperate seperated seperately seperation sergent serius servce servic seting settelment severel
severly shaddow shedual shelfs shiped shoping shoud shoudl shoulde shouldnt shouldv simalar similarily similer
similiar similiarly simpel simplier sincerly sinse skilfull skool slippry smaler smels soem soemone sofware
sombody somebdy someting somone somthing somwhere sonething soonner souvenier speach specail specialy
specificaly speciman spedn sponser sqaure squeek squeel staion standart statistcs statment stomack stoping
storys straigh strecth strengh strenght strenghten strugle stuborn studing studnet stundent subsistance
substancial succede succeded succesful succesfull succesfully successfull successfuly succsess sucess
sucessful sucessfully sufering suficient sugest sugestion sumarize sumary supervison suplies suply suport
suported supose suposed suposedly supperior supress suprise suprised suprises suprising surch surley suround
surounded surounding surpise surprize survay surveyer swiming switchs symetrical symetry symptons synonim
systm systme tabel tablett talbe tatoo tatoos teached techician technicain technican tecnical tecnician
teecher teh telephon televison temperatue temperture temporarly temporery temprary tendancy tenent terible
terrable terribel territorry thansk theif themselfs themselve theraphy therapyst thier thiers thign thigns
thikn thnig thoght thougt thougth threatend threshhold throughly throught thrusday thsi thurday tihs timming
tiolet tiolets toliet toliets tommorow tommorrow tomorow tomorro tonigth tooths torando totaly tought tounge
tournement towars trafic trainning tranfer tranfered transalte transfered transfering translater translatng
translaton traslate traslation treasurey treatement tremendeous triathalon trimed tripple truely trully tryed
trys tthe tuch tuesay tution twelth twelveth tyical tyrany ubiquitious umberella unavailible uncomfertable
uncomfortble understnad undoubtably unforseen unfortunatley unfortunatly unfortuntely unhappyness uniqe
univercity univeristy universitys univesity unkown unlikly unneccesary unnecesary untill unusal unuseable
unusualy upgradded urgant urgantly usally usefull usefuly useing usuall usualy usully vaccinaton vaccum
vacinate vacination vacume valuble varible varient varities vecihle vegatable vegatables vegatarian vegeterian
vegitable vehical vehicel vengance verison versitile veterinery veternary vetinary vidoe viloent violan
visable visiter vistor vistors voilence volonteer volounteer volumne waht wardrob warranti wasnt waterproff
weahter weathly wedensday weding wedings wednesay wednsday weekand weigth weild weired wellcome werent whant
whcih wheelchiar wheras wherease whereever whihc whith whithin whitout whoose wich wierd wiht willl windoes
windowss wiritng wirting wishs withdrawl witout wokr wonderfull wonderfuly woried workign workng worng worryed
woudl wouldnt writeing writen writting wrok wroking yaer yaers yatch yeild yera yeras yersterday yestarday
yesturday yoeman yogurth yoru youreself youself ytou zuchini
"""
# What no English word has. A letter three times ("sooo") after another one: AAA batteries and XXL are no slips.
SLIPS = (
    "\\p{L}(?:" + "|".join(letter * 3 for letter in "abcdefgjklnopqrstuvyz") + ")",
    "ciev",  # recieve, decieving
    r"(?:tionn|mennt|fuly|abley)\b",
)


def misspelt(columns: str | Iterable[str], words: Iterable[str] = ()) -> pl.Expr:
    """Tell which rows hold a misspelt English word in one of the columns, as far as a list of 1,400 common ones and a
    few rules know; ``words``: more of your own. What it finds is nearly always misspelt; it misses what is rare.
    """
    names = [columns] if isinstance(columns, str) else list(columns)
    slips = rf"(?i)(?:{'|'.join(rf'(?:{slip})' for slip in SLIPS)})"
    listed = mentions(names, [*WORDS.split(), *words])
    return pl.any_horizontal(listed, *(pl.col(name).fill_null("").str.contains(slips) for name in names))
